"""Messages into a file, not to a provider: the default of SMS and push, so that the whole way can be seen.

Pure: no Django. One JSON line a message. A message counts as delivered once its line is found in the file.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from greenlane.callup.messages.adapter import ChannelAdapter, Outcome, Outgoing, Receipt, Result

ROLLED_AT = 20_000_000
"""Bytes after which a file is set aside as ``.1``, in place of the one set aside before."""
_LONGEST_LINE = 16_384


class FileAdapter(ChannelAdapter):
    """Appends to `path`. A reference is the file's inode and the place of the line in it."""

    batch = 1000
    asks_for_receipts = True

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    def send(self, messages: Sequence[Outgoing]) -> Iterator[Outcome]:
        """Append the lines of a batch in one write, so that no other writer comes between."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            status = os.fstat(file.fileno())
            lines, places, place = [], [], status.st_size
            for message in messages:
                line = _line(message)
                lines.append(line)
                places.append(place)
                place += len(line)
            file.write(b"".join(lines))
            file.flush()
            if place > ROLLED_AT:
                self.path.replace(self._rolled)
        for message, at in zip(messages, places, strict=True):
            yield Outcome(message.id, Result.SENT, f"{status.st_ino}-{at}")

    def poll(self, references: Sequence[str]) -> Iterable[Receipt]:
        """The messages whose lines are in the file, or in the one set aside."""
        wanted: dict[str, list[int]] = {}
        for reference in references:
            inode, _, place = reference.partition("-")
            if place.isdecimal():
                wanted.setdefault(inode, []).append(int(place))
        for path in (self.path, self._rolled):
            try:
                with path.open("rb") as file:
                    found = str(os.fstat(file.fileno()).st_ino)
                    for start in wanted.get(found, ()):
                        if _is_line(os.pread(file.fileno(), _LONGEST_LINE, start)):
                            yield Receipt("delivered", f"{found}-{start}")
            except FileNotFoundError:
                continue

    @property
    def _rolled(self) -> Path:
        return self.path.with_name(self.path.name + ".1")


def _line(message: Outgoing) -> bytes:
    content = {
        "written": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "key": message.key,
        "kind": message.kind,
        "to": message.address,
        "language": message.language,
        "subject": message.subject,
        "text": message.body,
    }
    return json.dumps(content, ensure_ascii=False).encode() + b"\n"


def _is_line(found: bytes) -> bool:
    line, end, _ = found.partition(b"\n")
    return bool(end) and line.startswith(b"{") and line.endswith(b"}")
