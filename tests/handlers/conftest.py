"""Handlers declared for one test, and a way to ask them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from capsule.access import Access
from handlers.actions import Action, actions_registry
from handlers.declarations import Handler, handlers_registry

Declare = Callable[..., Handler[..., Any]]
DeclareAction = Callable[..., Action[..., Any]]


@pytest.fixture
def declare() -> Iterator[Declare]:
    """``declare(function, name=..., access=...)``: a handler that is gone after the test; public at first."""
    with ExitStack() as stack:

        def declared(
            function: Callable[..., Any], name: str | None = None, access: Access = "public", **options: Any
        ) -> Handler[..., Any]:
            handler = Handler(function, name, access, **options)
            return stack.enter_context(handlers_registry.temporarily(handler.name, handler))

        yield declared


@pytest.fixture
def declare_action() -> Iterator[DeclareAction]:
    """``declare_action(function, access=..., confirm=...)``: an action that is gone after the test."""
    with ExitStack() as stack:

        def declared(
            function: Callable[..., Any], name: str | None = None, **options: Any
        ) -> Action[..., Any]:
            action = Action(function, name, **options)
            return stack.enter_context(actions_registry.temporarily(action.name, action))

        yield declared
