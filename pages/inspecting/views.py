"""The switch for staff, and what a part of a page is made of. For all others neither is there."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from capsule.http import allow, safe_next
from capsule.identity import current_identity
from pages.inspecting.access import ASKED, is_inspecting, may_ask
from pages.inspecting.facts import facts_in
from pages.inspecting.told import told

__all__ = ["part", "switch"]


@csrf_exempt  # asked below: to whoever may not, a missing token must say no more than an address that is none
def switch(request: HttpRequest) -> HttpResponseBase:
    """Begin to inspect with ``on=1``, else end it, for as long as the person is signed in here.

    Raises ``Http404`` for whoever is not staff.
    """
    if not may_ask(request):
        raise Http404
    return _switched(request)


@csrf_protect
def _switched(request: HttpRequest) -> HttpResponseBase:
    if refused := allow(request, ["POST"]):
        return refused
    if request.POST.get("on") == "1":
        request.session[ASKED] = True
    else:
        request.session.pop(ASKED, None)
    return HttpResponseRedirect(safe_next(request))


@csrf_exempt  # as above
def part(request: HttpRequest) -> HttpResponse:
    """What a part is made of, which its page names by the token that stands on it.

    Raises ``Http404`` for whoever does not inspect, and for what is not a token of theirs.
    """
    if not is_inspecting(request):
        raise Http404
    return _part(request)


@csrf_protect
def _part(request: HttpRequest) -> HttpResponse:
    if refused := allow(request, ["POST"]):
        return refused
    facts = facts_in(request.POST.get("part", ""))
    if facts is None:
        raise Http404
    response = render(request, "pages/_inspected.html", {"told": told(facts, current_identity())})
    patch_cache_control(response, private=True, no_store=True)
    return response
