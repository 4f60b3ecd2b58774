"""A decorated view in ``urls.py``: its address is what ``/data/<name>`` is; called, it is a function."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

import pytest
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import Client, RequestFactory
from django.urls import include, path
from django.views import View
from django.views.generic import DetailView

from accounts.models import Organization, User
from handlers.declarations import Handler

pytestmark = pytest.mark.urls(__name__)
Period = Literal["7d", "30d"]


def activity(request: HttpRequest, period: Period = "7d") -> dict[str, object]:
    return {"period": period}


def again(request: HttpRequest, period: Period = "7d") -> dict[str, object]:
    return {"inner": AGAIN(request, period="any"), "period": period} if period == "30d" else {"plain": period}


async def waiting(request: HttpRequest, since: date, limit: int = 3) -> JsonResponse:
    return JsonResponse({"since": since, "limit": limit})


def elsewhere(request: HttpRequest) -> HttpResponse:
    return HttpResponse(repr(ACTIVITY(request, period="any")))  # from Python: nothing is checked


class Stock(View):
    words = "here"

    def get(self, request: HttpRequest, low: bool = False) -> JsonResponse:
        return JsonResponse({"low": low, "words": self.words})


class Company(DetailView):  # type: ignore[type-arg] # Django's own has no parameters when it runs
    model = Organization

    def render_to_response(self, context: Any, **kwargs: Any) -> HttpResponse:
        return JsonResponse({"name": str(self.object)})


ACTIVITY: Any = Handler(activity, "routed_activity")
AGAIN: Any = Handler(again, "routed_again")
WAITING: Any = Handler(waiting, "routed_waiting", access="public")
STOCK: Any = Handler(Stock, "routed_stock", access="public", cache=60)
COMPANY: Any = Handler(Company, "routed_company")
urlpatterns = [
    path("desk/activity/", ACTIVITY),
    path("desk/activity/<str:period>/", ACTIVITY),
    path("desk/around/", login_required(ACTIVITY)),
    path("desk/view/", ACTIVITY.view),
    path("desk/again/", AGAIN),
    path("desk/waiting/", WAITING),
    path("desk/elsewhere/", elsewhere),
    path("desk/stock/", STOCK.as_view()),
    path("desk/there/", STOCK.as_view(words="there")),
    path("desk/companies/<uuid:pk>/", COMPANY.as_view()),
    path("", include("tests.urls")),
]


@pytest.mark.parametrize("address", ["/desk/activity/", "/desk/around/", "/desk/view/"])
def test_its_own_line_reads_and_checks_the_query(address: str, alice_client: Client) -> None:
    answer = alice_client.get(address + "?period=30d")
    assert answer.json() == {"period": "30d"} and answer["ETag"]
    again = alice_client.get(address + "?period=30d", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
    refused = alice_client.get(address + "?period=8d&more=1")
    assert refused.status_code == 400 and set(refused.json()["fields"]) == {"period", "more"}
    assert alice_client.post(address).status_code == 405
    assert "<form" in alice_client.get(address, headers={"Accept": "text/html"}).content.decode()


def test_its_access_is_asked_there_too(client: Client, db: None) -> None:
    refused = client.get("/desk/activity/?period=8d")
    assert refused.status_code == 401 and not refused.json()["fields"]


def test_what_stands_in_the_path_is_checked_alike(alice_client: Client) -> None:
    assert alice_client.get("/desk/activity/30d/").json() == {"period": "30d"}
    assert set(alice_client.get("/desk/activity/8d/").json()["fields"]) == {"period"}
    twice = alice_client.get("/desk/activity/30d/?period=7d")
    assert twice.status_code == 400 and "in the path" in twice.json()["fields"]["period"][0]
    shown = alice_client.get("/desk/activity/30d/", headers={"Accept": "text/html"})
    assert shown.json() == {"period": "30d"}


def test_called_from_python_it_is_the_function(rf: RequestFactory, alice_client: Client, alice: User) -> None:
    assert ACTIVITY(rf.get("/desk/activity/?period=30d"), period="any") == {"period": "any"}
    assert alice_client.get("/desk/elsewhere/?period=30d").content == b"{'period': 'any'}"
    answer = alice_client.get("/desk/again/?period=30d")
    assert answer.json() == {"inner": {"plain": "any"}, "period": "30d"}
    assert AGAIN(answer.wsgi_request, period="any") == {"plain": "any"}  # the request of an answer


def test_async_and_classes_alike(client: Client, rf: RequestFactory, db: None) -> None:
    assert client.get("/desk/waiting/?since=2026-11-23").json() == {"since": "2026-11-23", "limit": 3}
    assert set(client.get("/desk/waiting/?limit=x").json()["fields"]) == {"since", "limit"}
    assert client.get("/desk/stock/?low=1").json() == {"low": True, "words": "here"}
    assert client.get("/desk/there/?low=1").json() == {"low": True, "words": "there"}
    assert client.get("/desk/stock/?low=perhaps").status_code == 400
    plain = STOCK.as_view()
    assert plain.view_class is Stock and b"false" in plain(rf.get("/?low=1")).content


def test_a_generic_view_is_given_its_path(client: Client, alice_client: Client, acme: Organization) -> None:
    assert alice_client.get(f"/desk/companies/{acme.pk}/?whatever=1").json() == {"name": "Acme"}
    assert alice_client.get(f"/desk/companies/{UUID(int=0)}/").status_code == 404
    assert client.get(f"/desk/companies/{acme.pk}/").status_code == 401
