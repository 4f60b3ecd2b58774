"""The widgets: ``from pages import ui``, then ``ui.Page([ui.Row([...])])``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capsule.registry import did_you_mean
from pages.ui.actions import ActionCard, Button
from pages.ui.browser import TableBrowser, TableGroup
from pages.ui.chart import Chart
from pages.ui.chat import ChatPanel
from pages.ui.content import EmptyState, Image, ImageGallery, Markdown, Progress, Text
from pages.ui.form import Form
from pages.ui.layout import Card, Column, Divider, Page, Row, Tabs
from pages.ui.metric import Metric
from pages.ui.settings import DateRange, NumberInput, Select, Setting, TextInput, Toggle
from pages.ui.settings_panel import SettingsPanel
from pages.ui.table import Table
from pages.ui.wizard import Wizard

__all__ = [
    "ActionCard",
    "Button",
    "Card",
    "Chart",
    "ChatPanel",
    "Column",
    "DateRange",
    "Divider",
    "EmptyState",
    "Form",
    "Image",
    "ImageGallery",
    "Markdown",
    "Metric",
    "NumberInput",
    "Page",
    "Progress",
    "Row",
    "Select",
    "Setting",
    "SettingsPanel",
    "Table",
    "TableBrowser",
    "TableGroup",
    "Tabs",
    "Text",
    "TextInput",
    "Toggle",
    "Wizard",
]

if not TYPE_CHECKING:  # which knows the names by itself

    def __getattr__(name):  # noqa: ANN001, ANN202 - a module's own, and nobody calls it
        """What was meant, of a widget that there is not."""
        raise AttributeError(f"pages.ui has no '{name}'. {did_you_mean(name, __all__)}")
