"""Addresses of the carrier's own pages."""

from django.urls import path

from greenlane.registry import pages

app_name = "registry"

urlpatterns = [
    *[path(f"carrier/{kind}/", pages.fleet, {"kind": kind}, name=kind) for kind in pages.KINDS],
    path("carrier/<slug:kind>/<int:pk>/retire/", pages.retire, name="retire"),
    path("carrier/<slug:kind>/import/", pages.import_file, name="import"),
    path("carrier/<slug:kind>/sample.csv", pages.sample, name="sample"),
    path("carriers/", pages.verify, name="verify"),
    path("carrier/tokens/", pages.tokens, name="tokens"),
    path("carrier/tokens/<int:pk>/revoke/", pages.revoke, name="revoke"),
]
