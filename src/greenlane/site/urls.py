"""Addresses of the whole site."""

from django.contrib import admin
from django.urls import include, path

from greenlane.site import pages
from greenlane.site.api import api

urlpatterns = [
    path("", pages.home, name="home"),
    path("theme/", pages.theme, name="theme"),
    path("", include("greenlane.booking.urls")),
    path("", include("greenlane.callup.urls")),
    path("", include("greenlane.gate.urls")),
    path("", include("greenlane.registry.urls")),
    path("", include("greenlane.standard.urls")),
    path("", include("greenlane.planning.urls")),
    path("api/v1/", api.urls),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]

handler400 = "greenlane.site.api_faults.bad_request"
handler404 = "greenlane.site.api_faults.not_found"
handler500 = "greenlane.site.api_faults.failed"
