from django.urls import path

from dam.views import assets, collections, files, uploads

app_name = "dam"
urlpatterns = [
    path("upload/", uploads.upload, name="upload"),
    path("trash/", assets.trash_list, name="trash"),
    path("trash/empty/", assets.empty_trash, name="empty_trash"),
    path("assets/<int:pk>/", assets.asset, name="asset"),
    path("assets/<int:pk>/knowledge/", assets.knowledge, name="knowledge"),
    path("assets/<int:pk>/edit/", assets.edit, name="edit"),
    path("assets/<int:pk>/tags/", assets.add_tags, name="add_tags"),
    path("assets/<int:pk>/tags/<int:tag_pk>/remove/", assets.remove_tag, name="remove_tag"),
    path("assets/<int:pk>/suggestions/", assets.answer_suggestion, name="answer_suggestion"),
    path("assets/<int:pk>/collections/", assets.add_to_collection, name="add_to_collection"),
    path(
        "assets/<int:pk>/collections/<int:collection_pk>/remove/",
        assets.remove_from_collection,
        name="remove_from_collection",
    ),
    path("assets/<int:pk>/trash/", assets.put_in_trash, name="put_in_trash"),
    path("assets/<int:pk>/restore/", assets.restore, name="restore"),
    path("assets/<int:pk>/delete/", assets.delete_for_ever, name="delete_for_ever"),
    path("assets/<int:pk>/original/", files.original, name="original"),
    path("assets/<int:pk>/renditions/<str:spec>/", files.rendition, name="rendition"),
    path("collections/", collections.collections, name="collections"),
    path("collections/new/", collections.create_collection, name="create_collection"),
    path("collections/<int:pk>/", collections.collection, name="collection"),
    path("collections/<int:pk>/edit/", collections.edit_collection, name="edit_collection"),
    path("collections/<int:pk>/delete/", collections.delete_collection, name="delete_collection"),
]
