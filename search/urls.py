from django.urls import path

from search.views import library, results, saved

app_name = "search"
urlpatterns = [
    path("", library.library, name="library"),
    path("facets/<str:kind>/", library.facet, name="facet"),
    path("search/", results.search, name="search"),
    path("searches/", saved.saved_searches, name="saved_searches"),
    path("searches/new/", saved.save, name="save"),
    path("searches/menu/", saved.saved_menu, name="saved_menu"),
    path("searches/<int:pk>/", saved.saved_search, name="saved_search"),
    path("searches/<int:pk>/edit/", saved.edit_saved_search, name="edit_saved_search"),
    path("searches/<int:pk>/query/", saved.replace_query, name="replace_query"),
    path("searches/<int:pk>/delete/", saved.delete_saved_search, name="delete_saved_search"),
]
