"""How Sphinx builds the documentation: `make docs`."""

from __future__ import annotations

from importlib.metadata import version as version_of

project = "Greenlane"
author = "The Greenlane developers"
release = version = version_of("greenlane")

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]
# Files beside docs/ (README, ARCHITECTURE, CHANGELOG) are read in place; their links to docs/ are theirs.
suppress_warnings = ["myst.xref_missing"]

html_theme = "furo"
html_title = "Greenlane"
html_show_sourcelink = False
html_copy_source = False
