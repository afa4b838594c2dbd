"""The settings of mail and channels: what is read, and what is refused with its mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenlane.errors import GreenlaneError
from greenlane.site.message_settings import channels, mail_server

VAR = Path("/var/greenlane")


def test_without_a_server_mail_is_written_to_files() -> None:
    assert mail_server("").backend.endswith("filebased.EmailBackend")


@pytest.mark.parametrize(
    ("url", "port", "starttls", "tls"),
    [
        ("smtp://mail.example", 25, False, False),
        ("smtp+starttls://u:p%40ss@mail.example", 587, True, False),
        ("smtps://u:p%40ss@mail.example:4465", 4465, False, True),
    ],
)
def test_a_mail_server_is_read(url: str, port: int, starttls: bool, tls: bool) -> None:
    server = mail_server(url)
    assert (server.host, server.port, server.starttls, server.tls) == ("mail.example", port, starttls, tls)
    assert server.password == ("p@ss" if "@mail" in url else "")
    assert "p@ss" not in repr(server)


@pytest.mark.parametrize(
    "url", ["mail.example", "http://mail.example", "smtp://", "smtp://h:port", "smtps://[x"]
)
def test_a_wrong_mail_server_is_refused(url: str) -> None:
    with pytest.raises(GreenlaneError, match="GREENLANE_SMTP"):
        mail_server(url)


def test_channels_keep_what_is_not_set(tmp_path: Path) -> None:
    text = (
        '{"sms": {"adapter": "acme.Sms", "options": {"key": "k"}, "receipt_secret": "a secret of sixteen"}}'
    )
    file = tmp_path / "channels.json"
    file.write_text(text, encoding="utf-8")
    for given in (text, str(file)):
        read = channels(given, VAR)
        assert read["sms"]["adapter"] == "acme.Sms"
        assert set(read) == {"email", "webhook", "sms", "push"}
        assert read["push"] == channels("", VAR)["push"]
    partly = channels('{"webhook": {"options": {"allow_private": true}}}', VAR)["webhook"]
    assert partly["adapter"].endswith("WebhookAdapter")


@pytest.mark.parametrize(
    "text",
    [
        "{", "/no/such/file", '{"pigeon": {}}', '{"sms": 1}', '{"sms": {"adaptor": "x"}}',
        '{"sms": {"options": []}}',
        '{"sms": {"receipt_secret": "short"}}', '{"sms": {"adapter": 5}}',
    ],
)  # fmt: skip
def test_wrong_channels_are_refused(text: str) -> None:
    with pytest.raises(GreenlaneError, match="GREENLANE_CHANNELS"):
        channels(text, VAR)
