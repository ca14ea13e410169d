from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "feedback"
    verbose_name = "Steg 2: återkoppling"

    def ready(self):
        from metodstod import about_a_person, figures, notes, path, told

        from .about_a_person import HOLDINGS, PASSED_OVER
        from .notes import DraftNotebook
        from .received import counted
        from .stage import stage
        from .telling import tell

        figures.register(counted)
        about_a_person.register(HOLDINGS, PASSED_OVER)
        path.register(stage)
        told.register(tell)
        notes.register(DraftNotebook())
