from __future__ import annotations

from typing import Any

from django.core.management.commands import flush

from collections_app.storage.guarding import EVERY_SCOPE, opened


class Command(flush.Command):
    """Django's, which means the documents of every scope and has to say so."""

    def handle(self, **options: Any) -> None:
        with opened(EVERY_SCOPE):
            super().handle(**options)
