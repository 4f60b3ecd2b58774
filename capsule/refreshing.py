"""What a page that is open asks for: only the parts that are new, each as it has it.

Its client sends ``Capsule-Refresh: main=5f2c table-threads=90ab! metric-open=77d0``: the id and the digest of
each part that it shows; ``!`` marks a part that has to come anew, whatever its digest. Where a part shows one
of several, ``chat-helper=41c0@0192f3`` says which: it stays that one, whichever is the latest by now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from django.http import HttpRequest

__all__ = ["MAIN", "REFRESH_HEADER", "Refresh", "refresh_of"]

REFRESH_HEADER = "Capsule-Refresh"
MAIN = "main"  # the id of the page's own part, which holds all others


@dataclass(frozen=True, slots=True)
class Refresh:
    """The parts that the client shows, by DOM id, with their digests; which of those inside are stale.

    ``shown`` is what it said of those that show one of several.
    """

    digests: Mapping[str, str]
    stale: frozenset[str]
    shown: Mapping[str, str]

    def wants(self, dom_id: str, digest: str) -> bool:
        """Whether a part has to be rendered: it is stale, changed, or not there yet."""
        return dom_id in self.stale or self.digests.get(dom_id) != digest


def refresh_of(request: HttpRequest) -> Refresh | None:
    """What the request's header asks for, or ``None``: it asks for the page or for one widget.

    A word that says nothing is passed over: the worst that comes of it is a part too many.
    """
    header = request.headers.get(REFRESH_HEADER)
    if header is None:
        return None
    digests: dict[str, str] = {}
    shown: dict[str, str] = {}
    stale = set()
    for word in header.split(" "):
        name, _sign, digest = word.rpartition("=")
        dom_id = unquote(name)
        if dom_id:
            digests[dom_id], said, which = digest.removesuffix("!").partition("@")
            if said:
                shown[dom_id] = unquote(which)
            if digest.endswith("!") and dom_id != MAIN:  # what its function reads is read in any case
                stale.add(dom_id)
    return Refresh(digests, frozenset(stale), shown)
