"""E-mail: through Django's mail backend, one connection for many messages, a few connections at a time."""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any, Final

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from greenlane.callup.messages.adapter import ChannelAdapter, ChannelDown, Outcome, Outgoing, Result

EACH: Final = 25
"""Messages that are worth a connection of their own."""
_CONFIGURATION: Final = frozenset({530, 534, 535, 550, 551, 553})


class EmailAdapter(ChannelAdapter):
    """Sends by SMTP, or as the settings of mail say.

    A server's word that it took a message is all that mail tells; receipts come only where the provider
    reports deliveries. The ``Message-ID`` is made of the message's key, so a second copy can be told from the
    first.
    """

    def __init__(self, connections: int = 4) -> None:
        self.connections = connections

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Outcome]:
        """Send a batch.

        Raises:
            ChannelDown: no connection could be opened.
        """
        batch = _Batch(messages, time.monotonic() + self.seconds)
        lanes = min(self.connections, -(-len(messages) // EACH))
        with ThreadPoolExecutor(max(1, lanes), thread_name_prefix="mail") as pool:
            for lane in [pool.submit(batch.drain) for _ in range(lanes)]:
                lane.result()
        if batch.fault and batch.done.empty():
            raise ChannelDown(batch.fault)
        while not batch.done.empty():
            yield batch.done.get()
        for message in batch.line:
            yield Outcome(message.id, Result.NOT_TRIED)


class _Batch:
    """Messages that several connections take from one line."""

    def __init__(self, messages: Sequence[Outgoing], until: float) -> None:
        self.line, self.until = deque(messages), until
        self.done: SimpleQueue[Outcome] = SimpleQueue()
        self.fault = ""

    def drain(self) -> None:
        """Open a connection and send what waits."""
        connection = get_connection()
        try:
            connection.open()
            while time.monotonic() < self.until:
                try:
                    message = self.line.popleft()
                except IndexError:
                    return
                if not self._sent(connection, message):
                    return
        except (SMTPException, OSError) as error:
            self.fault = str(error) or type(error).__name__
        finally:
            _close(connection)

    def _sent(self, connection: Any, message: Outgoing) -> bool:
        """Send one message; False when the connection is of no more use."""
        mail = _mail(message)
        try:
            connection.send_messages([mail])
        except SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            result = Result.REFUSED if all(code >= 500 for code in codes) else Result.LATER
            self.done.put(Outcome(message.id, result, error=f"SMTP {codes[0] if codes else ''}".strip()))
        except SMTPResponseException as error:
            never = error.smtp_code >= 500 and error.smtp_code not in _CONFIGURATION
            result = Result.REFUSED if never else Result.LATER
            self.done.put(Outcome(message.id, result, error=f"SMTP {error.smtp_code}"))
            return error.smtp_code not in (421, 451)
        except ValueError as error:
            # A header that cannot be written, as an address with a line break.
            self.done.put(Outcome(message.id, Result.REFUSED, error=str(error)))
        except (SMTPException, OSError) as error:
            self.done.put(Outcome(message.id, Result.LATER, error=str(error) or type(error).__name__))
            return False
        else:
            self.done.put(Outcome(message.id, Result.SENT, mail.extra_headers["Message-ID"].strip("<>")))
        return True


def _mail(message: Outgoing) -> EmailMessage:
    digest = hashlib.sha256(message.key.encode()).hexdigest()[:32]
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ") or "greenlane"
    return EmailMessage(
        subject=message.subject,
        body=message.body,
        to=[message.address],
        headers={
            "Message-ID": f"<{digest}@{host}>",
            "Auto-Submitted": "auto-generated",
            "Content-Language": message.language,
        },
    )


def _close(connection: Any) -> None:
    try:
        connection.close()
    except (SMTPException, OSError):
        return
