from django.apps import AppConfig


class BookingConfig(AppConfig):
    name = "greenlane.booking"
    default_auto_field = "django.db.models.BigAutoField"
