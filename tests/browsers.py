"""Finding a Chromium on this machine. Also a command: prints the path, exit status 1 when there is none."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
_PATHS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/snap/bin/chromium",
)


def find_chromium() -> str | None:
    """The path of a Chromium or a browser built on it: GREENLANE_CHROMIUM, else the usual names."""
    if given := os.environ.get("GREENLANE_CHROMIUM"):
        return shutil.which(given)
    named = (shutil.which(name) for name in _NAMES)
    placed = (path for path in _PATHS if Path(path).is_file())
    return next((path for path in (*named, *placed) if path), None)


if __name__ == "__main__":
    found = find_chromium()
    print(found or "no Chromium")
    sys.exit(0 if found else 1)
