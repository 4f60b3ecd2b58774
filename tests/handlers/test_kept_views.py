"""What ``cache=`` keeps is told apart by all that it was computed of, and what is no value is not kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from django.http import HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.test import Client
from pydantic import AfterValidator

from accounts.models import Organization, User
from capsule import Identity, acting_as
from handlers.caching import results
from handlers.checks import check_handlers
from handlers.declarations import Handler
from handlers.results import ResultNotJSON
from tests.handlers.test_caching import SHARED, declared, seed
from tests.handlers.test_views import Organizations

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_is_kept() -> Iterator[None]:
    results.forget()
    yield
    results.forget()


def test_what_is_in_a_list_tells_results_apart(alice: User) -> None:
    def kinds(values: list[str | None] | list[list[int]]) -> list[str]:
        return [type(one).__name__ for one in values]

    handler = Handler(kinds, "test_kinds", "public", 60)
    with acting_as(user=alice):
        for _round in range(2):
            assert handler.call(values=[None]) == ["NoneType"]
            assert handler.call(values=["None"]) == ["str"]
            assert handler.call(values=[[1], [2]]) == ["list", "list"]


def test_what_a_validator_made_is_not_taken_for_another_that_reads_alike(alice: User, bob: User) -> None:
    bob.name = alice.name
    bob.save()
    assert str(alice) == str(bob)

    def mail(person: Annotated[str, AfterValidator(lambda pk: User.objects.get(pk=pk))]) -> Any:
        return person.email  # type: ignore[attr-defined] # what the validator gives

    handler = Handler(mail, "test_mail", "public", 60)
    with acting_as(user=alice):
        for person in (alice, bob, alice):
            assert handler.call(person=str(person.pk)) == person.email


def test_a_views_answer_that_is_no_value_passes_through_and_is_not_kept(client: Client) -> None:
    seed()

    def shared(request: HttpRequest, kind: str = "") -> HttpResponseBase:
        if kind == "file":
            return StreamingHttpResponse([f"{SHARED.count()},b"], content_type="text/csv")
        if kind == "page":
            return TemplateResponse(
                request, engines["django"].from_string("<p>{{ n }}"), {"n": SHARED.count()}
            )
        if SHARED.count() < 2:
            return JsonResponse({"error": "too_few"}, status=404)
        return JsonResponse({"count": SHARED.count()})

    with declared(shared, name="test_shared", access="public", cache=60) as handler:
        assert (refused := client.get(handler.url())).status_code == 404
        assert refused.json() == {"error": "too_few"}
        assert client.get(handler.url(kind="page")).content == b"<p>1"
        with acting_as(Identity()), pytest.raises(ResultNotJSON, match="404"):
            handler.call()
        with acting_as(Identity()):
            SHARED.insert_one({"n": 1})
        assert client.get(handler.url()).json() == {"count": 2}
        file: Any = client.get(handler.url(kind="file"))
        assert file["Content-Type"] == "text/csv"
        assert file.getvalue() == b"2,b"


def test_a_view_that_reads_its_address_itself_cannot_be_kept(acme: Organization, client: Client) -> None:
    Organization.objects.create(name="Other", slug="other")
    with declared(Organizations, name="test_listed", access="public", cache=60) as listed:
        pages = {client.get(f"/data/test_listed?page={number}").content for number in (1, 2)}
        assert len(pages) == 1, (
            "what is not in the key is not seen: never another's, but the first page for each"
        )
        [problem] = [problem for problem in check_handlers() if listed.name in problem.msg]
        assert problem.id == "handlers.E007"
        listed.cache = None
        assert not [problem for problem in check_handlers() if listed.name in problem.msg]
