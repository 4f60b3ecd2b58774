"""HTML of a renderer without the addresses that a browser would run."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

from django.utils.safestring import SafeString

__all__ = ["neutral"]

# The attributes that a browser follows or loads. Everything else is the renderer's own.
FOLLOWED = frozenset({"href", "xlink:href", "src", "action", "formaction", "data", "poster", "background",
                      "ping", "srcdoc"})  # fmt: skip
SCHEMES = frozenset({"", "http", "https", "mailto", "tel"})
_SKIPPED = re.compile(r"[\x00-\x20\x7f]")  # what a browser skips when it looks for the scheme


def neutral(html: SafeString) -> SafeString:
    """``html`` whose links lead to the web, a mail, a telephone or this site; other addresses are left out.

    django-tables2's own columns make a link of whatever a record holds.

    Example: ``neutral(SafeString('<a href="javascript:alert(1)">x</a>')) == "<a>x</a>"``
    """
    if "<" not in html:
        return html
    writer = _Writer()
    writer.feed(html)
    writer.close()
    return SafeString("".join(writer.parts))  # as it was, and it was safe


class _Writer(HTMLParser):
    """Writes what it reads, tag by tag."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._opened(tag, attrs, "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._opened(tag, attrs, "/")

    def _opened(self, tag: str, attrs: list[tuple[str, str | None]], end: str) -> None:
        kept = [(name, value) for name, value in attrs if _is_kept(name, value or "")]
        if len(kept) == len(attrs):
            self.parts.append(self.get_starttag_text() or "")
            return
        written = "".join(
            f" {name}" if value is None else f' {name}="{escape(value)}"' for name, value in kept
        )
        self.parts.append(f"<{tag}{written}{end}>")

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_entityref(self, name: str) -> None:
        self.parts.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.parts.append(f"&#{name};")


def _is_kept(name: str, value: str) -> bool:
    if name == "srcdoc":
        return False
    if name not in FOLLOWED:
        return True
    try:
        return urlsplit(_SKIPPED.sub("", value)).scheme.lower() in SCHEMES
    except ValueError:
        return False
