from django.apps import AppConfig


class LecturesConfig(AppConfig):
    name = "lectures"
    verbose_name = "Steg 1: föreläsningar"

    def ready(self):
        from metodstod import about_a_person, figures, path

        from .about_a_person import HOLDINGS, PASSED_OVER
        from .figures import counted
        from .stage import begun, items, stage

        about_a_person.register(HOLDINGS, PASSED_OVER)
        figures.register(counted)
        path.register(stage)
        path.register_items(1, items)
        path.register_begun(1, begun)
