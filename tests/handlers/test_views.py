"""``@data`` on views of Django: functions and classes, by every method that they take."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import Client, RequestFactory
from django.views.generic import ListView, TemplateView, View

from accounts.models import Organization
from capsule.errors import BadInput
from capsule.identity import Identity, acting_as, current_identity
from handlers import data
from handlers.declarations import Handler, handlers_registry
from handlers.running import HandlerWrites
from pages import ui
from tests.handlers.conftest import Declare
from tests.testapp.declared.collections import bookmarks


class Activity(View):
    """How much was done."""

    def get(self, request: HttpRequest, period: Literal["7d", "30d"] = "7d") -> JsonResponse:
        return JsonResponse({"period": period, "kept": self.kwargs})

    def post(self, request: HttpRequest, times: int = 1) -> JsonResponse:
        bookmarks.insert_many([{"title": request.POST["text"]}] * times)
        return JsonResponse({"written": times}, status=201)


class Organizations(ListView):  # type: ignore[type-arg] # Django's own has no parameters when it runs
    model = Organization
    paginate_by = 1

    def render_to_response(self, context: Any, **kwargs: Any) -> HttpResponse:
        return JsonResponse([str(one) for one in context["object_list"]], safe=False)


def test_a_class_is_asked_like_a_function(declare: Declare, client: Client, db: None) -> None:
    activity = declare(Activity, "of_class")
    assert activity.description == "How much was done."
    assert activity.place == "tests.handlers.test_views.Activity"
    assert client.get("/data/of_class?period=30d").json() == {"period": "30d", "kept": {"period": "30d"}}
    refused = client.get("/data/of_class?period=8d&more=1")
    assert refused.status_code == 400
    assert set(refused.json()["fields"]) == {"period", "more"}
    assert activity.url(period="30d") == "/data/of_class?period=30d"
    assert client.head("/data/of_class").status_code == 200
    again = client.get("/data/of_class", headers={"If-None-Match": client.get("/data/of_class")["ETag"]})
    assert again.status_code == 304


def test_it_remains_the_class_that_it_was(rf: RequestFactory) -> None:
    activity: Any = Handler(Activity, "of_class", "public")
    assert activity.as_view()(rf.get("/")).status_code == 200, "the line in urls.py stays"
    assert isinstance(activity(), Activity)

    class More(activity):  # type: ignore[misc] # whoever inherits from it does so from the class
        pass

    assert issubclass(More, Activity)
    with pytest.raises(AttributeError):
        activity.nothing  # noqa: B018
    with pytest.raises(AttributeError):
        Handler(lambda: 1, "of_function", "public").as_view  # type: ignore[attr-defined] # noqa: B018


def test_its_value_is_what_a_widget_shows(
    declare: Declare, client: Client, rf: RequestFactory, db: None
) -> None:
    declare(Activity, "of_class")
    page = client.get("/data/of_class", headers={"Accept": "text/html"}).content.decode()
    assert '<option value="30d"' in page
    with acting_as(Identity()):
        assert handlers_registry.get("of_class").plain()["period"] == "7d"
        assert ">7d<" in ui.Metric("Period", "of_class", field="period").render(rf.get("/"))


def test_a_generic_view_reads_its_address_itself(
    declare: Declare, alice_client: Client, acme: Organization
) -> None:
    declare(Organizations, "companies", access="authenticated")
    assert alice_client.get("/data/companies?page=1&whatever=x").json() == ["Acme"]
    assert alice_client.get("/data/companies?page=9").status_code == 404
    assert Client().get("/data/companies").status_code == 401


def test_a_page_of_a_view_is_a_page_in_a_browser_too(declare: Declare, client: Client, db: None) -> None:
    declare(TemplateView, "templated")
    declare(lambda request: HttpResponse("<p>mine</p>"), "mine")
    assert client.get("/data/mine", headers={"Accept": "text/html"}).content == b"<p>mine</p>"


def test_what_is_not_named_is_refused(declare: Declare, alice_client: Client, db: None) -> None:
    declare(Activity, "of_class", access="authenticated")
    assert alice_client.post("/data/of_class", {"text": "x"})["Allow"] == "GET, HEAD"
    declare(Activity, "only_written", access="authenticated", methods=("POST",))
    assert alice_client.get("/data/only_written")["Allow"] == "POST"


def test_a_method_that_writes_may_write(
    declare: Declare, alice_client: Client, charlie_client: Client
) -> None:
    declare(Activity, "of_class", access="authenticated", methods=("GET", "POST"))
    written = alice_client.post("/data/of_class?times=2", {"text": "new"})
    assert (written.status_code, written.json()) == (201, {"written": 2})
    assert not written.has_header("ETag")
    assert alice_client.post("/data/of_class?period=7d", {"text": "x"}).status_code == 400, "post's own"
    assert Client().post("/data/of_class", {"text": "x"}).status_code == 401


@pytest.mark.parametrize("methods", [("GET",), ("GET", "POST")])
def test_a_page_that_was_sent_a_form_only_reads_what_it_shows(
    declare: Declare, client: Client, rf: RequestFactory, db: None, methods: tuple[str, ...]
) -> None:
    class Sent(Activity):
        def get(self, request: HttpRequest, period: str = "7d") -> JsonResponse:
            return JsonResponse({"method": request.method, "text": request.POST.get("text"), "n": 3})

    activity = declare(Sent, "of_class", methods=methods)
    request: Any = rf.post("/a-page/", {"text": "meant for the page"})
    with acting_as(Identity()):
        request.identity = current_identity()
        assert "3" in ui.Metric("Done", activity, field="n").render(request)
        assert activity.plain(request) == {"method": "GET", "text": None, "n": 3}
        assert async_to_sync(activity.acall)(request).status_code == 200
    assert request.method == "POST" and request.POST["text"], "the page's own is as it was"


def test_it_is_behind_the_wall_against_forged_requests(declare: Declare, alice_client: Client) -> None:
    declare(Activity, "of_class", access="authenticated", methods=("GET", "POST"))
    alice_client.handler.enforce_csrf_checks = True
    assert alice_client.post("/data/of_class", {"text": "forged"}).status_code == 403
    assert alice_client.get("/data/of_class").status_code == 200


def test_a_read_that_writes_is_told_to_whoever_wrote_it(declare: Declare, alice_client: Client) -> None:
    def careless() -> int:
        bookmarks.insert_one({"title": "again"})
        return bookmarks.count()

    async def careless_async() -> int:
        await bookmarks.ainsert_one({"title": "again"})
        return 1

    declare(careless)
    with pytest.warns(HandlerWrites, match="'careless'.*compute here, write in an action.*#handlerwrites"):
        assert alice_client.get("/data/careless").json() == 1
    declare(careless_async)
    with pytest.warns(HandlerWrites, match="'careless_async'"):
        alice_client.get("/data/careless_async")


def test_the_decorator_stands_on_a_class_with_and_without_parentheses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(handlers_registry, "_declared", {})

    @data
    class Bare(Activity):
        pass

    @data("named", methods=("GET", "POST"), timeout=3)
    class Named(Activity):
        pass

    assert handlers_registry.names() == ["Bare", "named"]
    named = handlers_registry.get("named")
    assert (named.methods, named.timeout) == (("GET", "POST"), 3)
    with pytest.raises(BadInput):
        named.parameters_of("POST").from_values({"period": "7d"})
