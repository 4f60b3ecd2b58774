"""The four layers, in the words of ``docs/choosing.md``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from capsule.words import Words

__all__ = ["COLLECTION", "HANDLER", "LAYERS", "SESSION", "SETTING", "TALK", "Layer"]


@dataclass(frozen=True)
class Layer:
    """One row of the table *Which layer?*: what one has, where it belongs, and why."""

    name: Words
    have: Words
    because: Words


COLLECTION: Final = Layer(
    _("Collection"),
    _("records that people make, look up again and would miss"),
    _("they outlive the page, the conversation and the deployment"),
)
HANDLER: Final = Layer(
    _("Data handler"),
    _("an answer that is computed, or fetched from elsewhere, whenever somebody looks"),
    _("storing it would only make it stale"),
)
SETTING: Final = Layer(
    _("Setting"),
    _("a choice that changes how the application behaves"),
    _("it has one value for somebody, a type, and a control to change it"),
)
SESSION: Final = Layer(
    "session.data",
    _("where somebody is in the middle of something"),
    _("it is of use to this one conversation, and to nothing after it"),
)
# No fifth layer: where all of them meet.
TALK: Final = Layer(
    _("A conversation"),
    _("a function answers each message, and may use every layer"),
    _("it reads the threads that you may see, and counts its turns in session.data"),
)
LAYERS: Final = (COLLECTION, HANDLER, SETTING, SESSION)
