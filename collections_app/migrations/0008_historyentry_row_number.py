"""A deletion says where the document stood, so that undoing it puts it there again."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collections_app", "0007_storedfile_scope")]

    operations = [
        migrations.AddField(
            model_name="historyentry",
            name="row_number",
            field=models.BigIntegerField(null=True),
        ),
    ]
