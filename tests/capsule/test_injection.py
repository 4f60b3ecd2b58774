from __future__ import annotations

from typing import Annotated

from django.test import RequestFactory

from capsule.injection import injectable, provider_of


class Weather:
    """A type that somebody above registers."""


def test_a_registered_type_is_filled_by_its_provider() -> None:
    weather = Weather()
    injectable(Weather, lambda request: weather)
    provider = provider_of(Weather)
    assert provider is not None
    assert provider(RequestFactory().get("/")) is weather


def test_any_other_annotation_is_an_ordinary_parameter() -> None:
    assert provider_of(int) is None
    assert provider_of("Weather") is None
    assert provider_of(Annotated[list[int], {"unhashable": True}]) is None
