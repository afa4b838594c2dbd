from importlib import import_module

from django.apps import AppConfig


class CallUpConfig(AppConfig):
    name = "greenlane.callup"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to booking; the receivers need the tables, which stand only now."""
        import_module("greenlane.callup.receivers")
