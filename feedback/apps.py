from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "feedback"
    verbose_name = "steg 2: återkoppling"

    def ready(self):
        from metodstod import path

        from .stage import stage

        path.register(stage)
