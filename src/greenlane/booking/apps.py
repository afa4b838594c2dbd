from importlib import import_module

from django.apps import AppConfig


class BookingConfig(AppConfig):
    name = "greenlane.booking"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to the registry; the receivers need the tables, which stand only now."""
        import_module("greenlane.booking.receivers")
