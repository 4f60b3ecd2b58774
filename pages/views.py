"""The site's own first page."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from capsule.access import allows
from capsule.errors import ScopeError
from capsule.http import PageRequest
from pages.declarations import PageDeclaration, listed, pages

__all__ = ["first_page"]


SNIPPET = """\
from collections_app import collection
from pages import page, ui
tasks = collection("tasks", columns=["title"], scope="user", editable=True)
@page
def all_tasks(request): return ui.Page([ui.Table(tasks)])
"""


def first_page(request: PageRequest) -> HttpResponseBase:
    """The first page that this person may see; where nothing is declared, what to do next."""
    if not len(pages):
        return welcome(request)
    for declared in listed():
        if isinstance(declared, PageDeclaration) and allows(declared.access, request.identity):
            return declared.view(request)
    if not request.identity.is_authenticated:
        raise ScopeError(_("Sign in to see this."))
    raise PermissionDenied(_("There is no page here that you may see yet. Ask whoever runs this site."))


def welcome(request: HttpRequest) -> HttpResponse:
    """The page of a site where nothing is declared."""
    return render(request, "pages/welcome.html", {"snippet": SNIPPET})
