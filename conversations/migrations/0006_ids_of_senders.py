from __future__ import annotations

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """The ids of messages are each sender's own: what was unique in a conversation is so for each of them."""

    dependencies = [
        ("conversations", "0005_wizard"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="chatmessage",
            constraint=models.UniqueConstraint(
                condition=models.Q(("client_id", ""), _negated=True),
                fields=("conversation", "sender", "client_id"),
                name="sent_once_by_each",
            ),
        ),
        migrations.RemoveConstraint(model_name="chatmessage", name="sent_once"),
    ]
