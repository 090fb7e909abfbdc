from django.apps import AppConfig


class DamConfig(AppConfig):
    name = "dam"
    verbose_name = "Library"

    def ready(self) -> None:
        from dam import receivers
        from dam.checking import register
        from dam.file_checks import check_files

        register("files", check_files)
        receivers.connect()
