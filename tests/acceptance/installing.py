"""Lets one of Capsule's own applications run as if it were installed, beside what the suites declare."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module, reload
from types import ModuleType
from typing import Any, Final

import pytest
from django.test import override_settings
from django.urls import include, path

from collections_app.declaring import collections
from conversations.declarations import hooks, message_handlers
from handlers.declarations import handlers_registry
from pages.declarations import pages
from pages.urls import patterns_of, urlpatterns
from settings_app.declarations import settings_registry
from tests import urls

__all__ = ["installed"]

REGISTRIES: Final[tuple[Any, ...]] = (
    collections, handlers_registry, settings_registry, pages, message_handlers, hooks,
)  # fmt: skip


@contextmanager
def installed(
    monkeypatch: pytest.MonkeyPatch, name: str, *, in_place_of: Sequence[str] = ()
) -> Iterator[Any]:
    """The declarations of ``tests.acceptance.<name>``, in place of others of the names in ``in_place_of``.

    Its pages are at their own addresses.
    """
    for registry in REGISTRIES:
        monkeypatch.setattr(registry, "_declared", dict(registry._declared))
        monkeypatch.setattr(registry, "_places", dict(registry._places))
        for other in in_place_of:
            registry._declared.pop(other, None)
    module = _declared_anew(f"tests.acceptance.{name}.declarations")
    own = [declared for declared in pages if declared.module == module.__name__]
    addresses = [*(one for declared in own for one in patterns_of(declared)), *urlpatterns]
    site = ModuleType(f"site_of_{name}")
    site.urlpatterns = [path("", include((addresses, "pages"))), *urls.urlpatterns]  # type: ignore[attr-defined]
    with override_settings(ROOT_URLCONF=site):
        yield module


def _declared_anew(module: str) -> ModuleType:
    return reload(sys.modules[module]) if module in sys.modules else import_module(module)
