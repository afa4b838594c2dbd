"""Uses of priority are only ever added."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("booking", "0004_fair_places")]

    operations = [
        migrations.RunSQL((SQL / "priority.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
