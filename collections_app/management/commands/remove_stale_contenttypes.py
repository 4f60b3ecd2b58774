from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.contenttypes.management.commands import remove_stale_contenttypes
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from collections_app.storage.permissions import is_of_a_collection


class Command(remove_stale_contenttypes.Command):
    """Django's, to which a type without a model is a left-over: the permissions of collections hang on such.

    Who may do what with a collection is forgotten by ``sync_collections --prune`` alone.
    """

    def handle(self, **options: Any) -> None:
        using = options["database"]
        types = ContentType.objects.using(using).all()
        kept = {one.pk for one in types if one.model_class() is None and is_of_a_collection(one, using)}
        with _not_stale(kept):
            super().handle(**options)


@contextmanager
def _not_stale(kept: set[Any]) -> Iterator[None]:
    """Let these types have a model for a block: Django's command asks for nothing else."""
    model_class = ContentType.model_class

    def found(self: ContentType) -> type[Model] | None:
        return model_class(self) or (ContentType if self.pk in kept else None)

    ContentType.model_class = found  # type: ignore[method-assign]
    try:
        yield
    finally:
        ContentType.model_class = model_class  # type: ignore[method-assign]
