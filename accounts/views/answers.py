"""What the views of this app share in answering."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode

from capsule.http import safe_next

__all__ = ["FORM_METHODS", "form_page", "onwards", "way_back"]

FORM_METHODS = ("GET", "HEAD", "POST")


def form_page(
    request: HttpRequest, template: str, form: BaseForm, context: Mapping[str, Any] | None = None
) -> HttpResponse:
    """A page with a form: 422 if what was sent could not be taken, with what was typed still in it."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, template, {"form": form, **(context or {})}, status=status)


def onwards(request: HttpRequest) -> HttpResponseRedirect:
    """To the ``next`` that came with the request.

    Never ``redirect()``: it takes a word that is no address for the name of a view.
    """
    return HttpResponseRedirect(safe_next(request))


def way_back(request: HttpRequest) -> dict[str, str]:
    """Where to go when it is done, for a form's hidden field and for the links beside the form."""
    following = safe_next(request)
    return {"next": following, "next_query": urlencode({"next": following})}
