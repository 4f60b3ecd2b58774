"""Many at once: none loses its file, whoever prunes meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from capsule import Identity, acting_as
from collections_app.files.keeping import keep, stored_files
from collections_app.files.pruning import prune_files
from collections_app.storage.guarding import EVERY_SCOPE, opened
from tests.collections_app.files.content import PDF, uploaded
from tests.testapp.declared.collections import films, papers
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)

ANN = Identity(user_id="01890000-0000-7000-8000-0000000000aa")
ANYTHING = papers.declaration.column("anything")


def grow_old() -> None:
    with opened(EVERY_SCOPE):
        stored_files().update(created_at=timezone.now() - timedelta(days=2))


def test_a_file_in_use_is_never_pruned_while_documents_hand_it_on() -> None:
    """No history names them: each takes the file of a row, and deletes that; one prunes all the while."""
    with acting_as(ANN):
        rows = films.insert_many({"title": f"{n} 0", "film": uploaded()} for n in range(3))
    values = [row["film"] for row in rows]
    grow_old()

    def work(n: int) -> None:
        if n == 3:
            for _ in range(12):
                prune_files()
            return
        with acting_as(ANN):
            for step in range(12):
                films.insert_one({"title": f"{n} {step + 1}", "film": values[n]})
                films.delete_one({"title": f"{n} {step}"})

    together(4, work)
    with acting_as(ANN):
        left = films.all().rows()
        for row in left:
            with row.open_file("film") as file:
                assert file.read() == PDF
    assert len(left) == 3


def test_who_uses_what_is_being_pruned_has_it_or_is_told() -> None:
    with acting_as(ANN):
        values = [keep(ANYTHING, uploaded()) for _ in range(12)]
    grow_old()
    told: list[int] = []

    def work(n: int) -> None:
        if n == 0:
            prune_files()
            return
        with acting_as(ANN):
            for value in values[n - 1 :: 3]:
                try:
                    papers.insert_one({"title": "x", "anything": value})
                except ValidationError:
                    told.append(n)

    together(4, work)
    with acting_as(ANN):
        rows = papers.all().rows()
        for row in rows:
            with row.open_file("anything") as file:
                assert file.read() == PDF
    assert len(rows) + len(told) == len(values)


def test_of_many_who_use_one_upload_all_have_it() -> None:
    with acting_as(ANN):
        value = keep(ANYTHING, uploaded())

    def work(n: int) -> None:
        with acting_as(ANN):
            papers.insert_one({"title": str(n), "anything": value})

    together(6, work)
    with acting_as(ANN):
        assert papers.count() == 6
    with opened(EVERY_SCOPE):
        assert stored_files().count() == 1
