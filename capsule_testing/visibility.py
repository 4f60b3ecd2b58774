"""``assert_only_visible_to``: tries everybody and nobody, with every method that reads."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any

from django.http import HttpResponseBase
from django.urls import reverse

from accounts.models import User
from capsule_testing.people import name_of, signed_in

__all__ = ["assert_only_visible_to"]

# How an address is read: by a browser, by a program, and by a page that is open.
WAYS: dict[str, tuple[str, dict[str, str]]] = {
    "GET": ("get", {}),
    "HEAD": ("head", {}),
    "GET for a program": ("get", {"Accept": "application/json"}),
    "GET of a part": ("get", {"HX-Request": "true"}),
    "GET of what is new": ("get", {"HX-Request": "true", "Capsule-Refresh": "{}"}),
}
REFUSED = frozenset({401, 403, 404})


def assert_only_visible_to(url: str, *people: User, text: str = "") -> None:
    """Try ``url`` as everybody that there is and as a visitor: only ``people`` may see it.

    "To see" is to be answered; with ``text`` it is to find those words in the answer, for a page that
    everybody has with contents of their own. Whoever else asks, in whatever way one reads an address, must be
    refused (401, 403, 404) or led to the sign-in page.

    Raises ``AssertionError`` that lists all that is wrong.

    Example::

        assert_only_visible_to("/collections/threads/", alice, bob, text="The lamp flickers")
    """
    wrong = [*_not_seen(url, people, text), *_seen(url, people, text)]
    assert not wrong, "\n".join([f"{url} is not visible as it should be:", *wrong])


def _not_seen(url: str, people: tuple[User, ...], text: str) -> Iterator[str]:
    for person in people:
        response = signed_in(person).get(url)
        if response.status_code != 200:
            yield f"  {name_of(person)} should see it, and is answered {_told(response)}"
        elif text and text not in _words(response):
            yield f"  {name_of(person)} should find {text!r} in it, and does not"


def _seen(url: str, people: tuple[User, ...], text: str) -> Iterator[str]:
    others = User.objects.filter(is_active=True).exclude(pk__in=[one.pk for one in people])
    for person in [*others.order_by("email"), None]:
        client = signed_in(person)
        for way, (method, headers) in WAYS.items():
            response = getattr(client, method)(url, headers=headers)
            if text and text in _words(response):
                yield f"  {name_of(person)} should not find {text!r} in it, and does, by {way}"
            elif not text and not _is_refused(response):
                yield f"  {name_of(person)} should be refused, and is answered {_told(response)} to {way}"


def _is_refused(response: HttpResponseBase) -> bool:
    leads = response.headers.get("Location", "")
    return response.status_code in REFUSED or leads.startswith(reverse("accounts:sign_in"))


def _told(response: HttpResponseBase) -> str:
    leads = response.headers.get("Location", "")
    return f"{response.status_code}, to {leads}" if leads else str(response.status_code)


def _words(response: Any) -> str:
    return unescape(response.getvalue().decode(errors="replace"))
