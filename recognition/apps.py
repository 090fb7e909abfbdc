from django.apps import AppConfig


class RecognitionConfig(AppConfig):
    name = "recognition"
    verbose_name = "Recognition"

    def ready(self) -> None:
        from recognition import checks, receivers  # noqa: F401, receivers need loaded models

        receivers.connect()
