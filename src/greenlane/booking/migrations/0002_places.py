"""The triggers that keep places, states and logs, and the function through which both doors take places."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("booking", "0001_initial")]

    operations = [
        migrations.RunSQL((SQL / "places.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "take.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
