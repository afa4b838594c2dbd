"""Whether a file is what it says: hashes, numbers, signatures, an older copy. Pure: no Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from greenlane.callup.order.chain import next_hash, time_of
from greenlane.callup.order.log_file import LogFile
from greenlane.callup.order.roots import Root, RootNotSigned, open_root


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong first; `number` is the line of the file."""

    number: int
    what: str

    def __str__(self) -> str:
        return f"line {self.number}: {self.what}"


def chain_fault(log: LogFile) -> Fault | None:
    """The first line that does not follow from the one before."""
    previous, seq = log.header.previous, log.header.first_seq
    if seq == 1 and not log.header.is_whole:
        return Fault(1, "what stands before the first line is not that of this checkpoint and direction")
    for entry in log.entries:
        if entry.told.get("seq") != seq:
            return Fault(entry.number, f"it has the number {entry.told.get('seq')}, where {seq} was to come")
        if next_hash(previous, entry.line) != entry.hash:
            return Fault(entry.number, f"the hash of {seq} does not follow from the line and the hash before")
        try:
            time_of(entry.told["at"])
            shape_is_right = isinstance(entry.told["kind"], str) and isinstance(entry.told["facts"], dict)
        except (KeyError, TypeError, ValueError):
            shape_is_right = False
        if not shape_is_right:
            return Fault(entry.number, "it has no time, kind and facts")
        previous, seq = entry.hash, seq + 1
    return None


def roots_of(log: LogFile, keys: Mapping[str, Ed25519PublicKey]) -> tuple[list[Root], Fault | None]:
    """The roots that are signed and fit the lines, and the first that does not.

    A root of lines before the file begins is compared with what the file says stood there.
    """
    heads = {log.header.first_seq - 1: log.header.previous}
    heads |= {entry.told["seq"]: entry.hash for entry in log.entries}
    good: list[Root] = []
    reached = None
    for signed in log.roots:
        try:
            root, _ = open_root(signed.token, keys)
        except RootNotSigned as fault:
            return good, Fault(signed.number, f"the root is not good: {fault}")
        if (root.checkpoint, root.direction) != (log.header.checkpoint, log.header.direction):
            return good, Fault(signed.number, f"the root is of {root.checkpoint} {root.direction}")
        if reached is not None and root.first_seq != reached + 1:
            return good, Fault(signed.number, f"the root of {root.day} does not begin after {reached}")
        reached = root.last_seq
        if root.last_seq in heads and heads[root.last_seq] != root.head:
            return good, Fault(
                signed.number,
                f"the root of {root.day} signs another hash at {root.last_seq} than the file has",
            )
        if root.last_seq > max(heads):
            return good, Fault(
                signed.number,
                f"the root of {root.day} signs lines up to {root.last_seq}; the file lacks them",
            )
        good.append(root)
    return good, None


def rewritten(log: LogFile, older: LogFile) -> Fault | None:
    """The first line that differs from an older copy of the same log: the chain was written anew since."""
    if (log.header.checkpoint, log.header.direction) != (older.header.checkpoint, older.header.direction):
        return Fault(1, f"the older file is of {older.header.checkpoint} {older.header.direction}")
    now = {entry.told["seq"]: entry for entry in log.entries}
    last = max(now, default=log.header.first_seq - 1)
    for entry in older.entries:
        seq = entry.told.get("seq")
        same = now.get(seq) if isinstance(seq, int) else None
        if same is None and isinstance(seq, int) and (seq < log.header.first_seq):
            continue
        if same is None:
            return Fault(entry.number, f"the older file has {seq}; the log ends at {last} now")
        if same.hash != entry.hash:
            return Fault(same.number, f"{seq} was another line in the older file: the log was rewritten")
    return None
