"""The widgets: ``from pages import ui``, then ``ui.Page([ui.Row([...])])``."""

from __future__ import annotations

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
