"""The triggers under which plans and what was done with them are only ever added to."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("planning", "0004_day_plans")]

    operations = [
        migrations.RunSQL((SQL / "day_plans.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
