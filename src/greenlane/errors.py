"""The one family of errors that a user may meet: each names the field and the mend."""

from __future__ import annotations


class GreenlaneError(Exception):
    """A refusal that its reader can act on.

    Attributes:
        code: short machine-readable word, stable across versions, e.g. ``"slot_full"``.
        message: what is wrong, in one sentence.
        field: the input field that is at fault, or None when no single one is.
        mend: what to do about it, in one sentence, or None.
        status: the HTTP status that carries it.
    """

    status = 400

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str | None = None,
        mend: str | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.mend = mend
        if status is not None:
            self.status = status

    def as_dict(self) -> dict[str, str | None]:
        """The body of an API refusal."""
        return {"code": self.code, "message": self.message, "field": self.field, "mend": self.mend}

    def __str__(self) -> str:
        parts = [f"{self.field}: {self.message}" if self.field else self.message]
        if self.mend:
            parts.append(self.mend)
        return " ".join(parts)
