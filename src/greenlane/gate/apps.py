from django.apps import AppConfig


class GateConfig(AppConfig):
    name = "greenlane.gate"
    default_auto_field = "django.db.models.BigAutoField"
