from django.apps import AppConfig


class ConsultationsConfig(AppConfig):
    name = "consultations"
    verbose_name = "steg 3: konsultation"

    def ready(self):
        from metodstod import path

        from .stage import stage

        path.register(stage)
