from importlib import import_module

from django.apps import AppConfig


class PlanningConfig(AppConfig):
    name = "greenlane.planning"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Answer the registry; the receivers need the tables, which stand only now."""
        import_module("greenlane.planning.receivers")
