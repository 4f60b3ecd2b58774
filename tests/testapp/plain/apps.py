from __future__ import annotations

from django.apps import AppConfig


class PlainConfig(AppConfig):
    name = "tests.testapp.plain"
    label = "plain"
