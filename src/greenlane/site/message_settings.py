"""How messages leave, read from the environment: the mail server, and the adapter of each channel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from greenlane.errors import GreenlaneError

SMTP: Final = "GREENLANE_SMTP"
CHANNELS: Final = "GREENLANE_CHANNELS"
_SCHEMES: Final = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_FILE: Final = "greenlane.callup.messages.file_channel.FileAdapter"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Django's settings of mail; without a server, mail is written to files."""

    backend: str
    host: str = ""
    port: int = 25
    user: str = ""
    password: str = field(default="", repr=False)
    starttls: bool = False
    tls: bool = False


def mail_server(url: str) -> MailServer:
    """Read ``smtp+starttls://user:password@host:587``, ``smtps://…`` (TLS from the start) or ``smtp://…``.

    Raises:
        GreenlaneError: ``smtp_malformed``.
    """
    if not url:
        return MailServer("django.core.mail.backends.filebased.EmailBackend")
    try:
        parts = urlsplit(url)
        port = parts.port
        if parts.scheme not in _SCHEMES or not parts.hostname:
            raise ValueError
    except ValueError:
        raise GreenlaneError(
            "smtp_malformed",
            "it is not the address of a mail server.",
            field=SMTP,
            mend="Write smtp+starttls://user:password@host:587, or smtps:// for TLS from the start.",
        ) from None
    return MailServer(
        "django.core.mail.backends.smtp.EmailBackend",
        parts.hostname,
        port or _SCHEMES[parts.scheme],
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        parts.scheme == "smtp+starttls",
        parts.scheme == "smtps",
    )


def channels(text: str, var: Path) -> dict[str, dict[str, Any]]:
    """The adapter, its options and the secret of its receipts for each channel; what is not set is as it is.

    `text` is JSON such as ``{"sms": {"adapter": "acme.Sms", "options": {"key": "…"}, "receipt_secret":
    "…"}}``, or the path of a file with it.

    Raises:
        GreenlaneError: ``channels_malformed``.
    """
    known: dict[str, dict[str, Any]] = {
        "email": {"adapter": "greenlane.callup.commands.email_channel.EmailAdapter"},
        "webhook": {"adapter": "greenlane.callup.messages.webhook_channel.WebhookAdapter"},
        "sms": {"adapter": _FILE, "options": {"path": str(var / "messages" / "sms.jsonl")}},
        "push": {"adapter": _FILE, "options": {"path": str(var / "messages" / "push.jsonl")}},
    }
    if not text.strip():
        return known
    try:
        given = json.loads(text if text.lstrip().startswith("{") else Path(text).read_text(encoding="utf-8"))
        for channel, setting in given.items():
            known[channel] = known[channel] | _checked(setting)
    except KeyError as error:
        raise _malformed(f"there is no channel {error}") from None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise _malformed(str(error)) from None
    return known


def _checked(setting: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := set(setting) - {"adapter", "options", "receipt_secret"}:
        raise ValueError(f"{sorted(unknown)[0]} is neither adapter, options nor receipt_secret")
    for name, kind in (("adapter", str), ("options", dict), ("receipt_secret", str)):
        if name in setting and not isinstance(setting[name], kind):
            raise ValueError(f"{name} has another form")
    if 0 < len(setting.get("receipt_secret", "")) < 16:
        raise ValueError("receipt_secret has less than 16 characters")
    return dict(setting)


def _malformed(what: str) -> GreenlaneError:
    return GreenlaneError(
        "channels_malformed",
        f"{what}.",
        field=CHANNELS,
        mend='Write JSON: {"sms": {"adapter": "package.Class", "options": {}, "receipt_secret": "…"}}; '
        "channels are email, webhook, sms and push.",
    )
