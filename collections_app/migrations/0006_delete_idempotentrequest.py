"""The requests that were answered already are ``live``'s now, in the same table."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("collections_app", "0005_storedfile"), ("live", "0002_idempotentrequest")]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("IdempotentRequest")]),
    ]
