from django.apps import AppConfig


class CallUpConfig(AppConfig):
    name = "greenlane.callup"
    default_auto_field = "django.db.models.BigAutoField"
