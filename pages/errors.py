"""What can be wrong with a page and its widgets, said to its developer."""

from __future__ import annotations

from django.template import TemplateSyntaxError

from capsule.errors import CapsuleError

__all__ = [
    "BadButton",
    "BadControl",
    "BadEnvelope",
    "BadForm",
    "BadLayout",
    "BadMetric",
    "BadTable",
    "BadTag",
    "BadWidget",
    "BadWizard",
    "NotAPage",
]


class BadWidget(CapsuleError, TypeError, ValueError):
    """A widget was given arguments that it does not take, or that do not go together."""

    anchor = "badwidget"


class BadLayout(BadWidget):
    """Something stands on a page, in a row or in tabs that cannot stand there."""

    anchor = "badlayout"


class BadMetric(BadWidget):
    """``ui.Metric`` was given arguments that do not go together."""

    anchor = "badmetric"


class BadTable(BadWidget):
    """``ui.Table`` or ``ui.TableBrowser`` was given arguments that do not go together."""

    anchor = "badtable"


class BadControl(BadWidget):
    """A control of a setting or a parameter that cannot show it."""

    anchor = "badcontrol"


class BadButton(BadWidget):
    """``ui.Button`` was given arguments that do not go together."""

    anchor = "badbutton"


class BadForm(BadWidget):
    """``ui.Form`` was given what it cannot show or send."""

    anchor = "badform"


class BadWizard(BadWidget):
    """``ui.Wizard`` was given steps or an end that it cannot walk."""

    anchor = "badwizard"

    def __init__(self, sentence: str, place: tuple[str, int] | None = None) -> None:
        super().__init__(sentence)
        self.place = place  # of a step's function, which no traceback has any more


class BadEnvelope(CapsuleError, ValueError):
    """A data handler that pages itself returned no page of rows."""

    anchor = "badenvelope"


class NotAPage(CapsuleError, TypeError):
    """A page's function returned neither a ``ui.Page`` nor a response."""

    anchor = "notapage"

    def __init__(self, sentence: str, place: tuple[str, int] | None = None) -> None:
        super().__init__(sentence)
        self.place = place  # of the function, which no traceback has any more


class BadTag(CapsuleError, TemplateSyntaxError):
    """A tag stands where it cannot be drawn, or was given what is no widget."""

    anchor = "badtag"
