"""One PostgreSQL for the whole test run, and a Chromium for the tests that drive a browser.

Without DATABASE_URL an embedded server is started in a temporary directory when the first test needs it, and
stopped at the end. pytest-django would read the settings before this file could choose the database, so the
settings module is named here and not in pyproject.toml.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import pytest_django
from hypothesis import settings

from browsers import find_chromium
from greenlane.site.postgres import EmbeddedPostgres
from greenlane.site.supervised_postgres import SupervisedPostgres

# The same cases on every run, and no verdict by the clock of a busy machine.
settings.register_profile("greenlane", derandomize=True, deadline=None)
settings.load_profile("greenlane")

_OWNED = pytest.StashKey[SupervisedPostgres]()
_DIRECTORY = pytest.StashKey[Path]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose the var directory and the database, then let Django read its settings."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        _choose_places(config)
    os.environ["DJANGO_SETTINGS_MODULE"] = "greenlane.site.settings"
    from django.conf import settings

    assert settings.DATABASES
    # The real hash takes half a second by design; tests make many accounts.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started."""
    if server := config.stash.get(_OWNED, None):
        server.stop(at_once=True)
    if directory := config.stash.get(_DIRECTORY, None):
        shutil.rmtree(directory, ignore_errors=True)


def _choose_places(config: pytest.Config) -> None:
    directory = Path(tempfile.mkdtemp(prefix="greenlane-tests-"))
    config.stash[_DIRECTORY] = directory
    (directory / "static").mkdir()
    os.environ["GREENLANE_VAR"] = str(directory)
    os.environ["GREENLANE_PLAIN_STATIC"] = "1"
    if os.environ.get("DATABASE_URL"):
        return
    server = EmbeddedPostgres(directory)
    os.environ["DATABASE_URL"] = server.address.url()
    config.stash[_OWNED] = SupervisedPostgres(server)
    if getattr(config.option, "numprocesses", None):
        config.stash[_OWNED].start()


@pytest.fixture(scope="session")
def postgres_url(pytestconfig: pytest.Config) -> str:
    """The address of a running PostgreSQL of this test run."""
    if server := pytestconfig.stash.get(_OWNED, None):
        server.start()
    return os.environ["DATABASE_URL"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    postgres_url: str, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Start PostgreSQL before Django makes its test database."""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> None:
    """Tests with transactions of their own empty every table after them; the order log refuses that."""
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table, trigger in (("orderentry", "order_entry"), ("orderroot", "order_root")):
            cursor.execute(f"ALTER TABLE callup_{table} DISABLE TRIGGER {trigger}_not_emptied")


@pytest.fixture(scope="module")
def make_var() -> Iterator[Callable[[], Path]]:
    """Makes var directories for servers of their own.

    Not under pytest's directory: under root every pytest that starts closes that to PostgreSQL's user.
    """
    made: list[Path] = []

    def make() -> Path:
        made.append(Path(tempfile.mkdtemp(prefix="greenlane-var-")))
        return made[-1]

    yield make
    for directory in made:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def var(make_var: Callable[[], Path]) -> Path:
    """A var directory of this test's own."""
    return make_var()


@pytest.fixture(autouse=True)
def one_language_a_test() -> Iterator[None]:
    """Every test begins in English: a page asked for in another language leaves that in force."""
    # Django's settings are read no sooner than the database is chosen.
    from django.utils import translation

    with translation.override("en"):
        yield


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; tests marked ``browser`` are skipped before they come here without one."""
    path = find_chromium()
    assert path is not None
    return path


_DATABASES = {"db", "transactional_db", "postgres_url"}


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark every test that needs PostgreSQL, so that ``-m "not db"`` leaves the fast ones."""
    if item.get_closest_marker("django_db") or _DATABASES & set(getattr(item, "fixturenames", ())):
        item.add_marker("db")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run the browser tests last; skip them by name where there is no Chromium; in CI that is an error.

    Playwright keeps an event loop running in the main thread until the end, where nothing else may run one.
    """
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    browser_tests = [item for item in items if item.get_closest_marker("browser")]
    if not browser_tests or find_chromium():
        return
    why = "no Chromium found; install one or set GREENLANE_CHROMIUM to its path"
    if os.environ.get("CI") == "true":
        raise pytest.UsageError(f"{len(browser_tests)} browser tests cannot run in CI: {why}")
    for item in browser_tests:
        item.add_marker(pytest.mark.skip(reason=why))
    config.stash[_SKIPPED] = [item.nodeid for item in browser_tests]


_SKIPPED = pytest.StashKey[list[str]]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say loudly which browser tests did not run."""
    if skipped := config.stash.get(_SKIPPED, None):
        terminalreporter.section("BROWSER TESTS NOT RUN: no Chromium found", sep="!", red=True, bold=True)
        for name in skipped:
            terminalreporter.line(name, red=True)
