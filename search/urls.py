from django.urls import path

from search import views

app_name = "search"
urlpatterns = [
    path("", views.library, name="library"),
    path("search/", views.search, name="search"),
]
