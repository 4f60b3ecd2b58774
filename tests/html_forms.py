"""What a browser would send of a form as it came."""

from __future__ import annotations

from html.parser import HTMLParser

__all__ = ["fields_of"]


class Reader(HTMLParser):
    """Reads the fields of the first form whose action begins with ``action``."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action
        self.fields: dict[str, str] = {}
        self.is_inside = self.is_over = False
        self.select = self.area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.is_over:
            self.is_inside = given.get("action", "").startswith(self.action)
        if not self.is_inside or self.is_over:
            return
        name = given.get("name", "")
        if tag == "input" and name and (given.get("type") not in ("checkbox", "radio") or "checked" in given):
            self.fields[name] = given.get("value", "")
        elif tag == "select":
            self.select, self.fields[name] = name, ""
        elif tag == "option" and "selected" in given:
            self.fields[self.select] = given.get("value", "")
        elif tag == "textarea":
            self.area, self.fields[name] = name, ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.is_inside:
            self.is_over = True
        self.area = "" if tag == "textarea" else self.area

    def handle_data(self, data: str) -> None:
        if self.area and self.is_inside and not self.is_over:
            self.fields[self.area] += data


def fields_of(html: str, action: str = "/collections/") -> dict[str, str]:
    """The fields of the first form that goes to ``action``, by name; no button is pressed."""
    reader = Reader(action)
    reader.feed(html)
    assert reader.is_over, html
    return {name: value.removeprefix("\n") for name, value in reader.fields.items()}
