"""What stands around a page: the sidebar's links, the person, the theme."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import cached_property

from accounts.shell import ShellAccount, shell_of
from capsule.http import sign_in_url
from live.tokens import acting
from pages.inspecting.access import is_inspecting, may_ask
from pages.sidebar import SidebarEntry, sidebar_of

__all__ = ["Shell"]


class Shell:
    """The surroundings of one request's page, each part worked out when a template first asks for it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def name(self) -> str:
        """The product's name."""
        return str(getattr(settings, "CAPSULE_NAME", "Capsule"))

    @cached_property
    def links(self) -> list[SidebarEntry]:
        """The pages and links that this identity may see, in order."""
        return sidebar_of(self._request) if self._is_known else []

    @cached_property
    def account(self) -> ShellAccount | None:
        """The person, their organisations, the theme; ``None`` for a request refused at the edge."""
        return shell_of(self._request) if self._is_known else None

    @property
    def theme(self) -> str:
        """``auto``, ``light`` or ``dark``."""
        return self.account.theme if self.account is not None else "auto"

    @property
    def acting(self) -> str:
        """Who acts, as a word that tells nothing: what the page's client compares."""
        return acting(self._request.identity) if self._is_known else ""  # type: ignore[attr-defined]

    @property
    def may_inspect(self) -> bool:
        """Whether the menu offers to show what a page is made of: to staff."""
        return may_ask(self._request)

    @property
    def inspects(self) -> bool:
        """Whether the person has asked for that, or everybody does: in `make dev`."""
        return self._is_known and is_inspecting(self._request)

    @property
    def here(self) -> str:
        """This page's address, to come back to."""
        return self._request.get_full_path()

    @property
    def sign_in_url(self) -> str:
        """The sign-in page that returns here."""
        return sign_in_url(self._request)

    @property
    def _is_known(self) -> bool:
        # A refusal at the edge comes before anybody is known.
        return hasattr(self._request, "identity") and hasattr(self._request, "user")
