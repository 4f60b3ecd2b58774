"""What describes the HTTP API, checked against OpenAPI 3.1."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson
from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator

__all__ = ["described_to"]


def described_to(client: Client) -> dict[str, Any]:
    """The description as ``client`` is given it, which is valid.

    Example: ``described_to(alice_client)["paths"]["/collections/threads/"].keys()``
    """
    answer = client.get("/collections/openapi.json")
    assert answer["Content-Type"] == "application/json"
    described: dict[str, Any] = answer.json()
    _validate(orjson.dumps(described, option=orjson.OPT_SORT_KEYS))
    return described


@cache  # to validate takes seconds of the processor, and several suites are given the same
def _validate(described: bytes) -> None:
    OpenAPIV31SpecValidator(orjson.loads(described)).validate()
