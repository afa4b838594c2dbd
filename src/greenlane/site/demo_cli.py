"""`greenlane demo`: who may sign in to the demonstration, and the code that staff need now."""

from __future__ import annotations

import typer

app = typer.Typer(add_completion=False)


@app.command()
def accounts() -> None:
    """Print the demo accounts with the one-time code of this half minute.

    They are made by `greenlane serve --demo`.
    """
    import django

    django.setup()
    from greenlane.site.demo import demo_lines

    for line in demo_lines():
        typer.echo(line)
