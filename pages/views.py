"""The site's own first page."""

from __future__ import annotations

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from capsule.access import allows
from capsule.errors import ScopeError
from capsule.http import PageRequest
from capsule.places import OF_THE_HOUSE, file_of
from pages.declarations import PageDeclaration, listed, pages

__all__ = ["SNIPPET", "file_to_write", "first_page"]

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
    """The page of a site that shows nothing yet: to whoever builds it, what to do next; to others, that."""
    is_staff = bool(getattr(request.user, "is_staff", False))
    if not is_staff and not settings.CAPSULE_LOCAL:
        return render(request, "pages/nothing_yet.html")
    people = get_user_model()._default_manager.filter(is_superuser=True, is_active=True, is_demo=False)
    context = {
        "snippet": SNIPPET,
        "file": file_to_write(),
        "follows": settings.CAPSULE_DEV,
        "has_administrator": people.exists(),
    }
    return render(request, "pages/welcome.html", context)


def file_to_write() -> str:
    """Where the first declarations go: into the first app of one's own, else beside the site's settings.

    Example: ``file_to_write() == "capsule_site/declarations.py"``
    """
    for config in apps.get_app_configs():
        is_own = config.name.split(".")[0] not in OF_THE_HOUSE
        if is_own and "site-packages" not in Path(config.path).parts:
            return file_of(f"{config.name}.declarations")
    return "capsule_site/declarations.py"
