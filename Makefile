# Greenlane. The two commands are `make run` and `make test`; `make help` lists the rest.
# Works with GNU make 3.81 and later.

CROSSING ?= yahodyn-dorohusk
PORT ?= 8000
export CROSSING PORT

BIN := .venv/bin
PYTEST := $(BIN)/pytest
# mypy and Sphinx read Django's settings but open no connection.
NO_DATABASE := DATABASE_URL=postgresql://localhost/unused GREENLANE_SECRET_KEY=unused

.PHONY: help run install install-dev check test lint chromium bench docs clean

help:
	@echo "make run           install and run Greenlane with a crossing played live (PORT=8000 CROSSING=yahodyn-dorohusk)"
	@echo "make test          everything: lint, types, all tests, the browser ones too"
	@echo "make check         the fast part of it, under a minute: lint, types, tests that need no database"
	@echo "make bench         the measurements"
	@echo "make docs          the documentation, into docs/_build/html"
	@echo "make install       .venv with the pinned dependencies and the command .venv/bin/greenlane"
	@echo "make install-dev   the tools of development too"
	@echo "make clean         remove what can be made again; keeps .venv and var/"

run: install
	@exec $(BIN)/greenlane serve --demo

install:
	@sh tools/install.sh

install-dev:
	@sh tools/install.sh --dev

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(NO_DATABASE) $(BIN)/mypy

# The API's own test and the browser's load much, and would be left out anyway.
check: lint
	$(PYTEST) -n auto -q -m "not db and not slow and not browser" \
		-p no:schemathesis --ignore=tests/site/test_openapi.py --ignore=tests/browser

# The browser's tests keep an event loop of their own running, in which others could not start one.
test: lint chromium
	$(PYTEST) -n auto --dist loadfile -m "not browser"
	$(PYTEST) tests/browser

chromium: install-dev
	@$(BIN)/python tests/browsers.py >/dev/null || sh tools/debian-packages.sh chromium fonts-noto-cjk

bench: install-dev
	@sh tools/install.sh --bench
	$(BIN)/python -m bench

docs: install-dev
	$(NO_DATABASE) $(BIN)/sphinx-build -W -b html docs docs/_build/html

clean:
	rm -rf docs/_build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
