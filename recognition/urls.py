from django.urls import path

from recognition import views

app_name = "recognition"
urlpatterns = [
    path("assets/<int:pk>/again/", views.recognise_again, name="recognise_again"),
    path("assets/<int:pk>/runs/<int:run_pk>/retry/", views.retry, name="retry"),
]
