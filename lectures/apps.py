from django.apps import AppConfig


class LecturesConfig(AppConfig):
    name = "lectures"
    verbose_name = "steg 1: föreläsningar"

    def ready(self):
        from metodstod import path

        from .stage import stage

        path.register(stage)
