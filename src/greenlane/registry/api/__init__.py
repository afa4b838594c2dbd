"""The registry over HTTP: crossings, the clock, a carrier's fleet, its tokens, lanes opened and closed."""

from ninja import Router

from greenlane.registry.api import crossings, drivers, tokens, trailers, trucks

router = Router()
for _part in (crossings, trucks, trailers, drivers, tokens):
    router.add_router("", _part.router)
