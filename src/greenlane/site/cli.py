"""The commands that run the site: serve, work, database, and the parts that serve starts."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from greenlane.errors import GreenlaneError
from greenlane.site.var import var_directory

DEFAULT_CROSSING = "yahodyn-dorohusk"

serve = typer.Typer(add_completion=False)
work = typer.Typer(add_completion=False)
web = typer.Typer(add_completion=False)
prepare = typer.Typer(add_completion=False)
warm = typer.Typer(add_completion=False)
database = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="""The embedded PostgreSQL, by hand.

    Its data lie in `var/postgres`, or under the directory that GREENLANE_VAR names.
    `greenlane serve` starts and stops it by itself; start it here to work without the web server.
    """,
)

Host = Annotated[
    str, typer.Option(envvar="GREENLANE_HOST", help="Address to listen at; 0.0.0.0 opens it to the network.")
]
Port = Annotated[int, typer.Option(envvar="PORT", min=1, max=65535, help="Port to listen at.")]
Workers = Annotated[int, typer.Option(envvar="GREENLANE_WORKERS", min=1, help="Web worker processes.")]


@serve.command()
def _serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Workers = 1,
    demo: Annotated[
        bool, typer.Option("--demo", help="Make demo accounts and play a crossing live.")
    ] = False,
    crossing: Annotated[
        str, typer.Option(envvar="CROSSING", help="The crossing that --demo plays.")
    ] = DEFAULT_CROSSING,
    days: Annotated[
        int, typer.Option(envvar="GREENLANE_DAYS", min=0, max=366, help="Past days that --demo has.")
    ] = 30,
) -> None:
    """Run Greenlane: the database, the web server and the jobs worker, until Ctrl-C.

    Without DATABASE_URL the embedded PostgreSQL is used. Logs go to `var/log`.

    Examples:

        greenlane serve

        greenlane serve --demo --crossing otay-mesa

        DATABASE_URL=postgresql://user:secret@db/greenlane greenlane serve --host 0.0.0.0 --workers 4
    """
    from greenlane.site.serve import ServeOptions
    from greenlane.site.serve import serve as run

    run(ServeOptions(host, port, workers, demo, crossing, days))


@work.command()
def _work() -> None:
    """Run the jobs worker alone, until Ctrl-C. `greenlane serve` runs one already.

    More workers, also on other machines, share the same jobs:

        DATABASE_URL=postgresql://user:secret@db/greenlane greenlane work
    """
    from greenlane.site.database import check_server, database_address

    check_server(database_address())
    from greenlane.site.worker import run

    run()


@web.command()
def _web(host: Host = "127.0.0.1", port: Port = 8000, workers: Workers = 1) -> None:
    """Run the web server alone, on a database that is ready. `greenlane serve` does this and the rest.

    Example, behind a load balancer:

        DATABASE_URL=postgresql://user:secret@db/greenlane greenlane web --host 0.0.0.0 --workers 4
    """
    from greenlane.site.database import check_server, database_address
    from greenlane.site.web import run

    check_server(database_address())
    run(host, port, workers)


@prepare.command()
def _prepare(
    demo: Annotated[
        str,
        typer.Option("--demo", metavar="CROSSING", help="Make demo accounts, and past slots of a crossing."),
    ] = "",
) -> None:
    """Bring the database up to date: tables, static files, crossings. `greenlane serve` does it too.

    Example, before the web servers of a new release start:

        DATABASE_URL=postgresql://user:secret@db/greenlane greenlane prepare
    """
    from greenlane.site.database import check_server, database_address
    from greenlane.site.prepare import prepare as run

    check_server(database_address())
    run(demo_crossing=demo)


@warm.command()
def _warm() -> None:
    """Compile the twin, at low priority, so that no page waits for it. `greenlane serve` does it too.

    What is compiled stays beside the program, and a note of it in `var/twin`. Example, on a machine that runs
    `greenlane web` alone:

        greenlane warm
    """
    os.nice(15)
    import django

    django.setup()
    from greenlane.planning.commands import warm_twin

    warm_twin()


@database.command()
def start() -> None:
    """Start the database and leave it running.

    greenlane database start && greenlane database psql
    """
    from greenlane.site.postgres import EmbeddedPostgres
    from greenlane.site.supervised_postgres import keep_marker

    server = EmbeddedPostgres(var_directory())
    started = server.start()
    keep_marker(server.var).touch()
    print(f"{'Started' if started else 'It runs already'}: {server.address.url()}", file=sys.stderr)


@database.command()
def stop() -> None:
    """Stop the database.

    greenlane database stop
    """
    from greenlane.site.postgres import EmbeddedPostgres
    from greenlane.site.preflight import serving
    from greenlane.site.serve import refuse_while_serving
    from greenlane.site.supervised_postgres import keep_marker

    server = EmbeddedPostgres(var_directory())
    refuse_while_serving(serving(server.var))
    keep_marker(server.var).unlink(missing_ok=True)
    print("Stopped." if server.stop() else "It did not run.", file=sys.stderr)


@database.command()
def url() -> None:
    """Print the address of the database in use, for psql and other tools.

    psql "$(greenlane database url)"
    """
    from greenlane.site.database import database_url

    print(database_url())


@database.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(context: typer.Context) -> None:
    """Open psql on the database in use; further arguments go to psql.

    greenlane database psql

    greenlane database psql -c 'SELECT count(*) FROM booking_booking'
    """
    from greenlane.site.database import database_url
    from greenlane.site.postgres_files import programs

    program = str(programs() / "psql")
    try:
        os.execv(program, [program, database_url(), *context.args])
    except OSError as error:
        raise GreenlaneError("no_psql", f"{program} does not start: {error.strerror}.") from error
