"""The files of a place are found by it: those of a conversation, when it ends."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collections_app", "0006_delete_idempotentrequest")]

    operations = [
        migrations.AddIndex(
            model_name="storedfile",
            index=models.Index(fields=["scope_key", "collection"], name="capsule_files_scope"),
        ),
    ]
