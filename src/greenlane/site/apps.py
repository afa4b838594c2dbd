from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "greenlane.site"
    label = "greenlane_site"
