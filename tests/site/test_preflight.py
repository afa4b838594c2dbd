"""A refusal to start is one clear line that names the mend."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from greenlane.errors import GreenlaneError
from greenlane.site.preflight import check_crossing, check_port, only_one, serving
from greenlane.site.var import prepare_var

pytestmark = pytest.mark.slow


def greenlane(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "greenlane", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_taken_port_is_named_with_the_next_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(GreenlaneError, match=rf"Port {port} is taken .* PORT={port + 1} make run"):
            check_port("127.0.0.1", port)
    check_port("127.0.0.1", port)


def test_a_host_that_is_not_this_machine_is_refused() -> None:
    with pytest.raises(GreenlaneError, match=r"192\.0\.2\.1:8000 cannot be listened at"):
        check_port("192.0.2.1", 8000)


def test_an_unknown_crossing_lists_the_known_ones(tmp_path: Path) -> None:
    for code in ("otay-mesa", "nur-zholy-khorgos"):
        (tmp_path / f"{code}.yaml").touch()
    check_crossing("otay-mesa", tmp_path)
    with pytest.raises(GreenlaneError, match=r"crossing 'otay'\. Known ones: nur-zholy-khorgos, otay-mesa"):
        check_crossing("otay", tmp_path)


def test_a_second_greenlane_names_the_first(tmp_path: Path) -> None:
    assert serving(tmp_path) is None
    with only_one(tmp_path, "http://localhost:8000"):
        with (
            pytest.raises(GreenlaneError, match=r"process \d+, http://localhost:8000"),
            only_one(tmp_path, "http://localhost:8001"),
        ):
            pass
        assert "http://localhost:8000" in (serving(tmp_path) or "")
    with only_one(tmp_path, "http://localhost:8001"):
        pass


def test_a_lock_file_left_by_a_killed_greenlane_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "serve.lock").write_text('{"pid": 1, "address": "http://localhost:8000"}')
    assert serving(tmp_path) is None
    with only_one(tmp_path, "http://localhost:8000"):
        assert serving(tmp_path) is not None


def test_a_var_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(GreenlaneError, match=r"file cannot be written: .*\. .*GREENLANE_VAR"):
        prepare_var(tmp_path / "file")


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (["serve", "--demo", "--crossing", "nowhere"], {}, "there is no crossing 'nowhere'"),
        (["serve"], {"DATABASE_URL": "mysql://db/border"}, "DATABASE_URL: only PostgreSQL"),
        (["serve"], {"DATABASE_URL": "postgresql://anna@127.0.0.1:1/border"}, "does not answer"),
        (["work"], {"DATABASE_URL": "postgresql://anna@127.0.0.1:1/border"}, "does not answer"),
        (["database", "url"], {"DATABASE_URL": ""}, "greenlane database start"),
    ],
)
def test_a_refusal_is_one_line_and_status_2(
    tmp_path: Path, arguments: list[str], environment: dict[str, str], words: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    done = greenlane(*arguments, GREENLANE_VAR=str(tmp_path), PORT=port, **environment)
    assert done.returncode == 2
    assert done.stderr.startswith("greenlane: ")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_help_lists_the_commands_without_loading_the_site() -> None:
    done = greenlane("--help")
    assert done.returncode == 0
    assert all(name in done.stdout for name in ("serve", "play", "crossing", "standard", "gate", "database"))
    code = "import greenlane.cli, sys; sys.exit(bool({'django', 'psycopg', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
