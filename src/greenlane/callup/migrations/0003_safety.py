"""The triggers that stop a wrong mass call."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("callup", "0002_fair_queue")]

    operations = [
        migrations.RunSQL((SQL / "safety.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
