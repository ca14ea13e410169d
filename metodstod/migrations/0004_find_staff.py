"""Let staff be found without looking through everyone."""

from django.db import migrations, models

from metodstod.migrating import AddIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("metodstod", "0003_content_changes")]

    operations = [
        AddIndexMeanwhile(
            model_name="user",
            index=models.Index(fields=["email"], condition=models.Q(is_staff=True), name="user_staff"),
        ),
    ]
