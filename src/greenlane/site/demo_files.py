"""Files of secrets in the var directory, readable by their owner alone."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def read_secrets(path: Path) -> dict[str, Any]:
    """What the file holds; empty when there is none or it is broken, and it is made anew then."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def write_secrets(path: Path, secrets: dict[str, Any]) -> None:
    """Replace the file in one step, so that a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump(secrets, file, indent=1, ensure_ascii=False)
    draft.replace(path)
