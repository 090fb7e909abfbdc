from django.urls import path

from recognition.views import assets, staff

app_name = "recognition"
urlpatterns = [
    path("", staff.overview, name="overview"),
    path("pause/", staff.pause_recogniser, name="pause"),
    path("resume/", staff.resume_recogniser, name="resume"),
    path("failures/<slug:key>/", staff.failure, name="failure"),
    path("failures/<slug:key>/retry/", staff.retry_failure, name="retry_failure"),
    path("runs/<int:run_pk>/retry/", staff.retry_one, name="retry_one"),
    path("assets/<int:pk>/again/", assets.recognise_again, name="recognise_again"),
    path("assets/<int:pk>/runs/<int:run_pk>/retry/", assets.retry, name="retry"),
]
