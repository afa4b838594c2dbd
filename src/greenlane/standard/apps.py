from django.apps import AppConfig


class StandardConfig(AppConfig):
    name = "greenlane.standard"
    default_auto_field = "django.db.models.BigAutoField"
