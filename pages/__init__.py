"""What people see: pages of widgets, declared as functions of the request."""

from __future__ import annotations

from pages.declarations import PageFunction, link, page
from pages.wizards.answers import Answers

# `from pages import ui` finds the package below. It is not imported here, for its widgets know models, and
# Django imports this module before any model may be made.
__all__ = ["Answers", "PageFunction", "link", "page", "ui"]  # noqa: F822
