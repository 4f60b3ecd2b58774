"""How the desk answers: settings that inherit, that are secret, long texts with places to fill in."""

from __future__ import annotations

from string import Formatter
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from settings_app import setting

__all__ = ["mail_key", "reply_template", "reply_to", "tone"]

PLACES: Final = ("name", "subject", "hours")
CLOSINGS: Final = {
    "friendly": gettext_lazy("All the best, and do write again!"),
    "formal": gettext_lazy("Yours sincerely"),
    "brief": "",
}


def only_known_places(text: str) -> None:
    """Refuse a template that could not be filled in, or speaks to nobody."""
    try:
        found = {name for _text, name, _format, _conversion in Formatter().parse(text) if name is not None}
    except ValueError as error:
        raise ValidationError(_("Write {{ and }} where you mean the braces themselves.")) from error
    legal = ", ".join(f"{{{place}}}" for place in PLACES)
    for name in sorted(found.difference(PLACES)):
        raise ValidationError(
            _("Nothing is known for {%(name)s}. There are %(legal)s.") % {"name": name, "legal": legal}
        )
    if "name" not in found:
        raise ValidationError(_("Say {name} somewhere: a reply speaks to somebody."))


# Whoever chose nothing writes as the organisation does, and that as the site does.
tone = setting(
    "tone",
    scope="user",
    inherit=True,
    options={
        "friendly": gettext_lazy("Friendly"),
        "formal": gettext_lazy("Formal"),
        "brief": gettext_lazy("Brief"),
    },
    label=gettext_lazy("Tone of your replies"),
    section=gettext_lazy("Replies"),
)
reply_template = setting(
    "reply_template",
    scope="owner",
    multiline=True,
    validate=only_known_places,
    default="Dear {name},\n\nthank you for “{subject}”. You hear from us within {hours} hours.",
    label=gettext_lazy("First reply"),
    section=gettext_lazy("Replies"),
    help_text=gettext_lazy("{name}, {subject} and {hours} are filled in."),
)
mail_key = setting(
    "mail_key",
    scope="owner",
    secret=True,
    label=gettext_lazy("Key of the mail service"),
    section=gettext_lazy("Replies"),
    help_text=gettext_lazy("Kept encrypted. The demo sends nothing."),
)


def reply_to(name: str, subject: str, hours: float) -> str:
    """The first reply to a thread, as whoever is acting would send it."""
    text = reply_template.get()
    for place, filled in zip(PLACES, (name, subject, f"{hours:g}"), strict=True):
        text = text.replace(f"{{{place}}}", filled)
    return f"{text}\n\n{CLOSINGS[tone.get()]}".strip()
