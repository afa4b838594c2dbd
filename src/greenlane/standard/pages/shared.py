"""Public pages made once for many viewers: kept for about a second, and never across languages.

The language of a page is that of ``?lang=`` in its address, else the reader's choice (cookie, then
``Accept-Language``, as everywhere on the site). Whatever it is, it is part of the key under which the page is
kept, as are the address, the colours that the reader chose, and the host. Readers who are signed in get
their own frame, and share what is inside it. A whole page carries a token against forged
forms, which is each reader's own: it is cut out before the page is kept, and put in for each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from threading import Lock
from typing import Any, Final

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import patch_cache_control

_PAGE_LOCKS: Final = tuple(Lock() for _ in range(32))
_FRAGMENT_LOCKS: Final = tuple(Lock() for _ in range(32))
"""A page is made while its own lock is held, and makes fragments meanwhile: with locks of their own, no two
can wait for each other."""
_THEMES: Final = ("light", "dark")
_SHARED_COOKIES: Final = frozenset({settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME, "theme"})
PAGE_S: Final = 1


def language_of(request: HttpRequest) -> str:
    """Put the language that the address asks for in force; the one in force."""
    wanted = request.GET.get("lang", "")
    if wanted in dict(settings.LANGUAGES):
        translation.activate(wanted)
        request.LANGUAGE_CODE = wanted
    return translation.get_language() or settings.LANGUAGE_CODE


def _made_once(locks: tuple[Lock, ...], key: tuple[str, ...], seconds: float, make: Callable[[], Any]) -> Any:
    """What `make` gives, made by one for all who ask for the same key within so many seconds."""
    digest = hashlib.sha256("\0".join(key).encode()).hexdigest()
    found = cache.get(digest)
    if found is None:
        with locks[int(digest[:8], 16) % len(locks)]:
            found = cache.get(digest)
            if found is None:
                found = make()
                cache.set(digest, found, seconds)
    return found


def fragment(
    request: HttpRequest,
    template: str,
    context: Callable[[], dict[str, Any]],
    seconds: float = PAGE_S,
    key: tuple[str, ...] = (),
) -> str:
    """The part of a page that is the same for everyone who reads it in one language.

    Args:
        request: its path is part of the key; its query is not: `key` names what of it matters.
        template: of the part; it gets no request.
        context: what it shows, called only when it is made.
        seconds: for which it is kept.
        key: what else it depends on.
    """
    full = ("fragment", template, request.path, language_of(request), *key)
    return str(_made_once(_FRAGMENT_LOCKS, full, seconds, lambda: render_to_string(template, context())))


def public_fragment(html: str, max_age: int = PAGE_S) -> HttpResponse:
    """A part by itself, for the script that keeps a page up to date. Any cache may keep it, since its address
    names its language."""
    response = HttpResponse(html)
    patch_cache_control(response, public=True, max_age=max_age)
    return response


def page(request: HttpRequest, template: str, context: Callable[[], dict[str, Any]]) -> HttpResponse:
    """A whole page; readers who carry no other cookies than those of the key share one for `PAGE_S`.

    Args:
        request: its whole address is part of the key.
        template: of the page.
        context: what it shows, called only when the page is made.
    """
    language = language_of(request)
    if not _SHARED_COOKIES.issuperset(request.COOKIES):
        return HttpResponse(render_to_string(template, context(), request))
    theme = request.COOKIES.get("theme", "")
    key = ("page", request.get_host(), request.get_full_path(), language, theme if theme in _THEMES else "")
    parts = _made_once(_PAGE_LOCKS, key, PAGE_S, lambda: _without_token(request, template, context()))
    response = HttpResponse(get_token(request).join(parts))
    patch_cache_control(response, private=True, max_age=PAGE_S)
    return response


def _without_token(request: HttpRequest, template: str, context: dict[str, Any]) -> list[str]:
    """The page, cut where its token stood."""
    token = get_token(request)
    return render_to_string(template, {**context, "csrf_token": token}, request).split(token)
