"""The rules of places with ballots, offers of the waiting list and graded limits."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"
FILES = ("limits.sql", "places.sql", "take.sql")


class Migration(migrations.Migration):
    dependencies = [("booking", "0003_fair_queue")]

    operations = [
        # What takes the old form of a wish goes with it.
        migrations.RunSQL("DROP TYPE IF EXISTS booking_wish CASCADE", migrations.RunSQL.noop),
        *(
            migrations.RunSQL((SQL / name).read_text(encoding="utf-8"), migrations.RunSQL.noop)
            for name in FILES
        ),
    ]
