"""Addresses of call-up's pages."""

from django.urls import URLPattern

app_name = "callup"

urlpatterns: list[URLPattern] = []
