from __future__ import annotations

import pytest

from tests.access.people import World, settle


@pytest.fixture
def world(db: None) -> World:
    """Everybody, with all that is theirs."""
    return settle()
