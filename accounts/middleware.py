"""Around every request: who is acting, whether their sign-in still holds, their language and time zone."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject

from accounts.active import active_membership
from accounts.roles import remember_role
from accounts.sessions import has_ended, note_visit
from accounts.time_zones import zone_for
from capsule.identity import Binding, Identity, bound
from capsule.sources import coming_from

__all__ = ["IdentityMiddleware", "PreferencesMiddleware", "SessionLifetimeMiddleware"]

GetResponse = Callable[[HttpRequest], HttpResponseBase]

CONVERSATION_KEY = "conversation"  # the session's key for the visitor's current conversation


class IdentityMiddleware:
    """Binds the request's identity; nothing is queried until somebody asks who it is."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        binding = Binding(lambda: identity_of(request))
        request.identity_binding = binding  # type: ignore[attr-defined]
        request.identity = SimpleLazyObject(lambda: binding.identity)  # type: ignore[attr-defined]
        with bound(binding), coming_from("page"):
            return self.get_response(request)


def identity_of(request: HttpRequest) -> Identity:
    """Who sent the request: the signed-in person, the organisation that is active, the conversation."""
    conversation = request.session.get(CONVERSATION_KEY)
    if not request.user.is_authenticated:
        return Identity.of(session=conversation)
    membership = active_membership(request)
    if membership is None:
        return Identity.of(user=request.user, session=conversation)
    remember_role(request.user, membership)
    return Identity.of(user=request.user, organization=membership.organization_id, session=conversation)


class SessionLifetimeMiddleware:
    """Signs out who signed in too long ago; prolongs the session of who is here."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Without a cookie there is no session to read: a visitor's request stays free of queries.
        if request.session.session_key is not None:
            if has_ended(request.session):
                logout(request)
            else:
                note_visit(request.session)
        return self.get_response(request)


class PreferencesMiddleware:
    """Speaks the person's language, in their time zone; a visitor's language is their browser's."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        person = request.user if request.user.is_authenticated else None
        if person is not None and person.language in dict(settings.LANGUAGES):
            language = person.language
        else:
            language = translation.get_language_from_request(request)
        zone = zone_for(person)
        with translation.override(language), timezone.override(zone):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        if person is None:
            patch_vary_headers(response, ["Accept-Language"])
        return response
