from django.db import migrations, models

from metodstod.migrating import AddIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("metodstod", "0004_find_staff")]

    operations = [
        AddIndexMeanwhile(
            model_name="team",
            index=models.Index(fields=["name", "id"], name="team_by_name"),
        ),
    ]
