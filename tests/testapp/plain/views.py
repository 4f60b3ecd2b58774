from __future__ import annotations

from typing import Any, Literal

from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin, PermissionRequiredMixin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import DetailView, ListView, TemplateView, View

from accounts.models import Organization
from capsule import current_identity
from handlers import data
from pages import page, ui
from tests.testapp.plain.declarations import greet, show_done, tickets
from tests.testapp.plain.forms import TicketForm
from tests.testapp.plain.models import Ticket
from tests.testapp.plain.tables import TicketTable

Period = Literal["7d", "30d"]


@data(name="plain_activity")
def activity(request: HttpRequest, period: Period = "7d") -> list[dict[str, object]]:
    return [{"day": "Mon", "opened": 7 if period == "7d" else 30}]


@data(name="plain_load")
class Load(View):
    def get(self, request: HttpRequest, times: int = 1) -> JsonResponse:
        return JsonResponse({"hours": 8 * times})


def _drawn() -> dict[str, Any]:
    return {"tickets": tickets, "activity": activity, "load": Load, "show_done": show_done, "greet": greet}


@login_required
def board(request: HttpRequest) -> HttpResponse:
    return render(request, "plain/board.html", _drawn())


class Board(LoginRequiredMixin, TemplateView):
    template_name = "plain/board.html"
    extra_context = _drawn()


class Tickets(PermissionRequiredMixin, ListView):  # type: ignore[type-arg]
    permission_required = "plain.view_ticket"
    template_name = "plain/tickets.html"

    def get_queryset(self) -> QuerySet[Ticket]:
        owner = current_identity().organization_id
        return Ticket.objects.filter(organization=owner)  # type: ignore[no-any-return]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # A template would call a class that it is given, so the widget is made here.
        drawn = ui.Table(TicketTable, queryset=self.get_queryset(), page_size=2, key="drawn")
        return super().get_context_data(drawn=drawn, **kwargs)


class One(LoginRequiredMixin, DetailView):  # type: ignore[type-arg]
    template_name = "plain/one.html"
    extra_context = _drawn()

    def get_queryset(self) -> QuerySet[Ticket]:
        owner = current_identity().organization_id
        return Ticket.objects.filter(organization=owner)  # type: ignore[no-any-return]


@login_required
def new(request: HttpRequest) -> HttpResponse:
    form = TicketForm(request.POST or None)
    if form.is_valid():
        owner = get_object_or_404(Organization, pk=current_identity().organization_id or "")
        form.instance.organization = owner
        form.save()
        return redirect("plain:board")
    status = 422 if form.errors else 200
    return render(request, "plain/new.html", {"form": form}, status=status)


@page("Plain report", icon="chart-bar", access="staff", route="plain-report/")
def plain_report(request: HttpRequest) -> HttpResponse:
    return render(request, "plain/board.html", _drawn())


@page("Plain summary", route="plain-summary/", order=900)
class PlainSummary(TemplateView):
    template_name = "plain/board.html"
    extra_context = _drawn()
