"""The requests that were answered already come down from the collections; their table stays as it is."""

from __future__ import annotations

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("live", "0001_initial"), ("collections_app", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="IdempotentRequest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("who", models.CharField(max_length=32)),
                        ("key", models.CharField(max_length=255)),
                        ("asked", models.CharField(max_length=32)),
                        ("status", models.PositiveSmallIntegerField(default=0)),
                        ("headers", models.JSONField(default=dict)),
                        ("body", models.TextField(default="")),
                        (
                            "created_at",
                            models.DateTimeField(db_index=True, default=django.utils.timezone.now),
                        ),
                    ],
                    options={
                        "db_table": "collections_app_idempotentrequest",
                        "default_permissions": (),
                        "constraints": [
                            models.UniqueConstraint(fields=("who", "key"), name="collections_idempotent_once")
                        ],
                    },
                ),
            ],
        ),
    ]
