from django.apps import AppConfig


class RecognitionConfig(AppConfig):
    name = "recognition"
    verbose_name = "Recognition"

    def ready(self) -> None:
        # They need loaded models.
        from recognition import checks, library_checks, receivers  # noqa: F401

        receivers.connect()
        library_checks.connect()
