"""What a person chooses of channels. Pure: no Django."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person chose. `phone` with its country code, or empty; `device` a push token, or empty."""

    language: str
    email: bool
    sms: bool
    push: bool
    phone: str = ""
    device: str = ""
