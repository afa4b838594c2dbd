"""The triggers under which readings and events are only ever added."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("gate", "0001_initial")]

    operations = [
        migrations.RunSQL((SQL / "kept.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
