"""One question for a page that was away: which of its parts are stale?"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from capsule.errors import BadInput
from capsule.http import PageRequest, allow
from capsule.identity import Identity
from capsule.programs import sent_json
from live.tokens import BadToken, acting, topics_in
from live.versions import versions_of

__all__ = ["compare"]


def compare(request: PageRequest) -> HttpResponse:
    """Takes ``{"tokens": [...]}`` and answers which of them are stale, by their places.

    A token that is nobody's, another's or too old is stale: the page fetches its part, and so learns what it
    may see now. ``acting`` tells the page whether it still acts for whom it was made for.
    """
    refused = allow(request, ["POST"])
    if refused is not None:
        return refused
    tokens = _tokens(request)
    known = [_topics(token, request.identity) for token in tokens]
    now = versions_of({name for topics in known if topics for name in topics})
    stale = [
        at
        for at, topics in enumerate(known)
        if topics is None or any(now[name] > version for name, version in topics.items())
    ]
    response = JsonResponse({"stale": stale, "acting": acting(request.identity)})
    response["Cache-Control"] = "private, no-store"
    return response


def _tokens(request: HttpRequest) -> list[str]:
    sent = sent_json(request)
    tokens = sent.get("tokens") if isinstance(sent, dict) else None
    if not isinstance(tokens, list) or not all(isinstance(one, str) for one in tokens):
        raise BadInput(_("Send the tokens of a page."), {"tokens": [_("Give a list of texts.")]})
    if len(tokens) > settings.CAPSULE_SOCKET_TOPICS:
        raise BadInput(_("A page does not have so many parts."), {"tokens": [_("Send fewer.")]})
    return tokens


def _topics(token: str, identity: Identity) -> dict[str, int] | None:
    try:
        return topics_in(token, identity)
    except BadToken:
        return None
