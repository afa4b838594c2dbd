"""Open data as cacheable responses: public, with an ETag, without session or cookie."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from threading import Lock
from typing import Final

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags

_LOCKS: Final = tuple(Lock() for _ in range(32))
_MADE_FOR: Final = 8
"""Longest time, in seconds, for which a made body is kept whatever its `max_age`."""


def cacheable(
    request: HttpRequest, max_age: int, make: Callable[[], bytes], content_type: str = "application/json"
) -> HttpResponse:
    """The body that `make` gives, made once for all who ask within its age; 304 for who has it already.

    Bodies do not depend on who asks or in which language, so the address alone is their key. A refusal that
    `make` raises is not kept.

    Args:
        request: of a public address.
        max_age: seconds for which any cache may keep it.
        make: the body.
        content_type: of the body.
    """
    body = _kept(f"open:{request.get_full_path()}", min(max_age, _MADE_FOR), make)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    given = parse_etags(request.headers.get("If-None-Match", ""))
    response: HttpResponse
    # Compression on the way marks the ETag as weak; the comparison for 304 is the weak one.
    if "*" in given or etag in (tag.removeprefix("W/") for tag in given):
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(body, content_type=content_type)
    response["ETag"] = etag
    response["Access-Control-Allow-Origin"] = "*"
    patch_cache_control(response, public=True, max_age=max_age)
    return response


def _kept(key: str, seconds: int, make: Callable[[], bytes]) -> bytes:
    digest = hashlib.sha256(key.encode()).hexdigest()
    found: bytes | None = cache.get(digest)
    if found is None:
        with _LOCKS[int(digest[:8], 16) % len(_LOCKS)]:
            found = cache.get(digest)
            if found is None:
                found = make()
                cache.set(digest, found, seconds)
    return found
