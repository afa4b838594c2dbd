"""The figures over HTTP: open data for everyone."""

from greenlane.standard.api.public import router

__all__ = ["router"]
