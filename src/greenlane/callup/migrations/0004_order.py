"""The public log of order: written by triggers, begun with the rows that there are, and only ever added to."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"
FILES = ("order.sql", "order_rows.sql", "order_found.sql", "order_triggers.sql")


class Migration(migrations.Migration):
    dependencies = [
        ("callup", "0003_safety"),
        ("booking", "0004_fair_places"),
        ("gate", "0002_kept"),
    ]

    operations = [
        migrations.RunSQL((SQL / name).read_text(encoding="utf-8"), migrations.RunSQL.noop) for name in FILES
    ]
