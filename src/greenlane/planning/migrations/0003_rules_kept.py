"""The triggers under which rules go live only with a report, and are only ever added to."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("planning", "0002_rules")]

    operations = [
        migrations.RunSQL((SQL / "rules.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
