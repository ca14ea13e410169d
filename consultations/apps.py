from django.apps import AppConfig


class ConsultationsConfig(AppConfig):
    name = "consultations"
    verbose_name = "Steg 3: konsultation"

    def ready(self):
        from metodstod import about_a_person, figures, path

        from .about_a_person import HOLDINGS, PASSED_OVER
        from .asked_for import counted
        from .stage import stage

        about_a_person.register(HOLDINGS, PASSED_OVER)
        figures.register(counted)
        path.register(stage)
