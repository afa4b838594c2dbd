"""The embedded PostgreSQL comes up after whatever happened before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from waiting import is_over, wait_until

from greenlane.errors import GreenlaneError
from greenlane.site.database import check_server, database_address, database_url
from greenlane.site.database_url import DatabaseAddress
from greenlane.site.postgres import EmbeddedPostgres
from greenlane.site.postmaster import find_postmaster, pid_file
from greenlane.site.supervised_postgres import SupervisedPostgres

pytestmark = pytest.mark.db


@pytest.fixture(scope="module")
def cluster(make_var: Callable[[], Path]) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(make_var())
    yield server
    server.stop(at_once=True)


@pytest.fixture
def stopped(cluster: EmbeddedPostgres) -> EmbeddedPostgres:
    cluster.stop()
    return cluster


@pytest.fixture
def running(cluster: EmbeddedPostgres) -> EmbeddedPostgres:
    cluster.start()
    return cluster


def setting(server: EmbeddedPostgres, name: str) -> str:
    with psycopg.connect(**server.address.psycopg()) as connection:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert row is not None
    return str(row[0])


def test_start_is_idempotent_and_serves_the_application_database(running: EmbeddedPostgres) -> None:
    assert running.start() is False
    assert setting(running, "max_connections") == "100"


def test_settings_are_included_once_and_keep_what_is_acknowledged(running: EmbeddedPostgres) -> None:
    assert [setting(running, name) for name in ("fsync", "synchronous_commit", "full_page_writes")] == [
        "on"
    ] * 3
    assert setting(running, "listen_addresses") == ""
    running.stop()
    running.start()
    assert (running.data / "postgresql.conf").read_text().count("greenlane.conf") == 1


def test_upper_case_knows_cyrillic(running: EmbeddedPostgres) -> None:
    with psycopg.connect(**running.address.psycopg()) as connection:
        assert connection.execute("SELECT upper('аа 1234 вс')").fetchone() == ("АА 1234 ВС",)


def test_a_committed_row_outlives_kill_9_of_the_server(running: EmbeddedPostgres) -> None:
    with psycopg.connect(**running.address.psycopg(), autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")
    postmaster = running.running()
    assert postmaster is not None
    os.kill(postmaster.pid, signal.SIGKILL)
    wait_until(lambda: running.running() is None)
    assert running.start() is True
    with psycopg.connect(**running.address.psycopg()) as connection:
        assert connection.execute("SELECT count(*) > 0 FROM kept").fetchone() == (True,)


@pytest.mark.parametrize(
    "content", ["", "\n", "not a number\n", "{pid}", "{pid}\n/elsewhere\n", "999999999\n{data}\n"]
)
def test_a_stale_lock_file_does_not_stop_the_start(stopped: EmbeddedPostgres, content: str) -> None:
    """Empty, garbled, cut short, or with the number of a living process that is no PostgreSQL: this one."""
    pid_file(stopped.data).write_text(content.format(pid=os.getpid(), data=stopped.data))
    assert find_postmaster(stopped.data) is None
    assert stopped.start() is True


def test_a_live_server_whose_lock_file_was_cut_short_is_replaced_in_order(running: EmbeddedPostgres) -> None:
    before = running.running()
    assert before is not None
    pid_file(running.data).write_text("")
    assert running.start() is True
    after = running.running()
    assert after is not None
    assert after.pid != before.pid
    assert is_over(before.pid)


def test_a_half_made_data_directory_does_not_stop_the_start(var: Path) -> None:
    server = EmbeddedPostgres(var)
    (var / "postgres.new").mkdir()
    (var / "postgres.new" / "PG_VERSION").write_text("18\n")
    try:
        assert server.start() is True
    finally:
        server.stop(at_once=True)


def test_a_path_too_long_for_a_socket_still_works(var: Path) -> None:
    server = EmbeddedPostgres(var / ("long-" * 20))
    try:
        server.start()
        assert len(server.address.host) < 100
        check_server(server.address)
    finally:
        server.stop(at_once=True)
    assert not Path(server.address.host).exists()


def test_data_of_another_version_is_refused_by_name(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    server.data.mkdir()
    (server.data / "PG_VERSION").write_text("12\n")
    with pytest.raises(GreenlaneError, match=r"PostgreSQL 12.*pg_dump"):
        server.start()


def test_the_first_cause_is_named_when_the_server_cannot_start(stopped: EmbeddedPostgres) -> None:
    hba = stopped.data / "pg_hba.conf"
    kept = hba.read_text()
    try:
        hba.write_text("nonsense\n")
        with pytest.raises(GreenlaneError, match=r"PostgreSQL: could not load .*pg_hba.conf.*postgres\.log"):
            stopped.start()
    finally:
        hba.write_text(kept)


def test_the_server_stops_when_its_supervisor_is_killed(var: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from greenlane.site.postgres import EmbeddedPostgres\n"
        "from greenlane.site.supervised_postgres import SupervisedPostgres\n"
        "SupervisedPostgres(EmbeddedPostgres(Path(sys.argv[1]))).start()\n"
        "print('up', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(var)], stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout is not None
        assert supervisor.stdout.readline() == b"up\n"
        server = EmbeddedPostgres(var)
        assert server.running() is not None
        supervisor.kill()
    wait_until(lambda: server.running() is None)
    assert (server.data / "PG_VERSION").exists()


def test_a_server_started_by_hand_goes_on_when_greenlane_stops(var: Path) -> None:
    server = EmbeddedPostgres(var)
    try:
        server.start()
        (var / "postgres.keep").touch()
        supervised = SupervisedPostgres(server)
        supervised.start()
        supervised.stop(at_once=False)
        assert server.running() is not None
    finally:
        server.stop(at_once=True)


def test_the_address_is_that_of_the_running_server(
    running: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("GREENLANE_VAR", str(running.var))
    assert database_address() == running.address
    monkeypatch.setenv("DATABASE_URL", "postgresql://anna@db.example/border")
    assert database_url() == "postgresql://anna@db.example:5432/border"


def test_without_a_database_the_mend_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("GREENLANE_VAR", str(tmp_path))
    with pytest.raises(GreenlaneError, match="greenlane database start"):
        database_url()


def test_an_unreachable_server_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(GreenlaneError, match=r"DATABASE_URL: .*does not answer") as refusal:
        check_server(DatabaseAddress(str(tmp_path), 5432, "border", "anna"))
    assert "\n" not in str(refusal.value)


def test_a_server_that_is_too_old_is_refused(
    running: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("greenlane.site.database.OLDEST_SERVER", 990000)
    with pytest.raises(GreenlaneError, match=r"is PostgreSQL \d+; 99 or later needed"):
        check_server(running.address)
