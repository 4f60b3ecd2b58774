"""Another service, and what the desk shows of it while it is well and while it is not.

The parcel carrier is a page of this very site, so that the demo needs no network. To the desk it is as
foreign as any other: asked by HTTP, within limits, and its last good answer is shown while it gives none.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from capsule import PageRequest
from handlers import data
from handlers.fetching import fetch_json
from pages import page, ui
from settings_app import setting

__all__ = ["carrier", "carrier_service", "carrier_works", "parcels"]

DAYS = 14
TTL: Final = 3.0  # seconds; the setting CAPSULE_DEMO_SERVICE_TTL says otherwise

carrier_works = setting(
    "carrier_works",
    default=True,
    section=gettext_lazy("Desk"),
    editable="authenticated",
    label=gettext_lazy("The carrier’s service works"),
    help_text=gettext_lazy("Without it the desk goes on with what it last heard."),
)


@data
def parcels(request: PageRequest) -> dict[str, Any]:
    """Our parcels that are on their way, as the carrier's service has it."""
    address = f"http://{settings.CAPSULE_DEMO_SERVICE}{carrier_service.url()}"
    answer: dict[str, Any] = fetch_json(address, timeout=2, retries=0, ttl=_ttl())
    return answer


@page(gettext_lazy("Parcel carrier"), route="carrier/", icon="truck", hidden=True)
def carrier(request: PageRequest) -> ui.Page:
    """A switch that breaks the service before one's eyes."""
    metric = ui.Metric(
        _("Parcels on their way"),
        parcels,
        field="on_the_way",
        delta="change",
        delta_label=_("since yesterday"),
        good=None,
        spark="days",
        refresh=5,
    )
    switch = ui.Card(
        _("Break it"),
        [
            ui.Toggle(setting=carrier_works),
            ui.Text(
                _("Within a few seconds the number says how old it is. The page stays up, nobody waits.")
            ),
            ui.Text(_("Mend it, and the number is new again."), muted=True),
        ],
        icon="unplug",
    )
    return ui.Page([ui.Row([ui.Column([metric], width=5), ui.Column([switch], width=7)])])


@page(route="carrier/service/", access="public", hidden=True)
def carrier_service(request: PageRequest) -> HttpResponse:
    """What stands for somebody else's server."""
    if not carrier_works.get():  # as services often break: with a page for people
        return HttpResponse("<!doctype html><title>Maintenance</title><p>We will be back soon.")
    return JsonResponse(on_their_way(timezone.now()))


def on_their_way(now: datetime) -> dict[str, Any]:
    """By chance, and yet the same for all who ask at one moment; a little other a minute later."""
    today = now.date()
    days = [Random(str(today - timedelta(days=age))).randint(90, 160) for age in range(DAYS)][::-1]
    days[-1] += now.minute % 7
    return {"on_the_way": days[-1], "change": days[-1] - days[-2], "days": days}


def _ttl() -> float:
    return float(getattr(settings, "CAPSULE_DEMO_SERVICE_TTL", TTL))
