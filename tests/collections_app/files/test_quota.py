"""Who sends files that no record takes has room for so many, and is then told; nobody else is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.models import Organization, User
from capsule import Identity, acting_as
from collections_app.files.keeping import keep, stored_files
from collections_app.files.quota import bounded
from collections_app.storage.guarding import EVERY_SCOPE, opened
from tests.collections_app.files.content import PDF, uploaded
from tests.conftest import signed_in
from tests.testapp.declared.collections import papers
from tests.together import together

pytestmark = pytest.mark.differs

PAPERS = "/collections/test_papers/"
ANN = Identity(user_id="01890000-0000-7000-8000-0000000000aa")


@pytest.fixture
def client(alice: User, acme: Organization) -> Client:
    return signed_in(alice, acme)


def send(client: Client, key: str = "anything") -> Any:
    return client.post(f"{PAPERS}files/{key}/", PDF, content_type="application/octet-stream")


def waiting() -> int:
    with opened(EVERY_SCOPE):
        return int(stored_files().filter(scope_key__startswith="pending:").count())


@pytest.mark.django_db
@pytest.mark.parametrize("limit", [{"FILES": 2}, {"BYTES": 2 * len(PDF)}], ids=str)
def test_so_many_may_wait_and_then_a_record_has_to_take_one(
    client: Client, bob: User, acme: Organization, settings: Any, limit: dict[str, int]
) -> None:
    for name, value in limit.items():
        setattr(settings, f"CAPSULE_PENDING_{name}", value)
    sent = [send(client) for _ in range(3)]
    assert [one.status_code for one in sent] == [201, 201, 429]
    body = sent[-1].json()
    assert body["error"] == "too_many_files" and "may wait for a record" in body["fields"]["anything"][0]
    page = client.post(f"{PAPERS}add/", {"title": "Lease", "anything": uploaded(PDF)})
    assert page.status_code == 422
    assert "may wait for a record" in page.content.decode() and 'value="Lease"' in page.content.decode()
    assert waiting() == 2
    assert send(signed_in(bob, acme)).status_code == 201
    document = {"title": "x", "anything": sent[0].json()["value"]}
    assert client.post(PAPERS, document, content_type="application/json").status_code == 201
    assert [send(client).status_code for _ in range(2)] == [201, 429]
    with opened(EVERY_SCOPE):  # tomorrow
        stored_files().update(created_at=timezone.now() - timedelta(days=2))
    assert send(client).status_code == 201


@pytest.mark.django_db
def test_one_may_always_wait_and_code_has_no_limit(client: Client, settings: Any) -> None:
    settings.CAPSULE_PENDING_FILES = settings.CAPSULE_PENDING_BYTES = 1
    assert [send(client).status_code for _ in range(2)] == [201, 429]
    with acting_as(ANN):
        rows = papers.insert_many({"title": str(n), "anything": uploaded()} for n in range(5))
    assert len(rows) == 5


@pytest.mark.django_db(transaction=True)
def test_many_at_once_have_no_more_room(settings: Any) -> None:
    settings.CAPSULE_PENDING_FILES = 3
    told: list[int] = []

    def work(n: int) -> None:
        with acting_as(ANN), bounded():
            try:
                keep(papers.declaration.column("anything"), uploaded())
            except ValidationError:
                told.append(n)

    together(8, work)
    assert (waiting(), len(told)) == (3, 5)
