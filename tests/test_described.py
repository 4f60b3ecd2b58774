"""What the description of data handlers and actions promises, tried by a third party: schemathesis.

For each address and method that is described it makes requests that fit and requests that do not, and looks
at what comes back: no failure of the server, no status, type or body that is not described, nothing refused
that fits, and nothing taken that does not.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import positive_data_acceptance

pytestmark = pytest.mark.django_db

BASE = "http://testserver"
EXAMPLES = 12  # of each kind, for each address and method


def answered(client: Client, case: Case[Any]) -> Response:
    """The answer, as schemathesis takes one."""
    asked = requests.Request(**case.as_transport_kwargs(base_url=BASE)).prepare()
    parts = urlsplit(asked.url or "")
    body = asked.body.encode() if isinstance(asked.body, str) else asked.body or b""
    got: Any = client.generic(
        asked.method or "",
        f"{parts.path}?{parts.query}",
        body,
        content_type=str(asked.headers.get("Content-Type", "")),
        headers={**{name: str(value) for name, value in asked.headers.items()}, "Accept": "application/json"},
    )
    content = b"".join(got.streaming_content) if got.streaming else got.content
    sent = {name.lower(): [value] for name, value in got.headers.items()}
    return Response(got.status_code, sent, content, asked, elapsed=0.0, verify=True)


def problems_of(operation: APIOperation[Any, Any, Any, Any], client: Client, kind: GenerationMode) -> str:
    # What an action may refuse (a form's own rules, a key that another request has) no schema says.
    may_refuse: list[Any] = [positive_data_acceptance] if operation.method.upper() == "POST" else []

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(kind))
    def tried(case: Case[Any]) -> None:
        answer = answered(client, case)
        but: list[Any] = [*may_refuse]
        if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            but.append(not_a_server_error)  # that another service does not answer is described
        case.validate_response(answer, excluded_checks=but)

    try:
        tried()
    except Unsatisfiable:  # nothing about it can be wrong
        return ""
    except BaseExceptionGroup as found:  # of schemathesis, whose words say what, and the request
        return f"{kind.value} {operation.method.upper()} {operation.path}: {found}"
    return ""


@pytest.mark.thorough
@pytest.mark.parametrize(
    "kind", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda kind: kind.value
)
def test_handlers_and_actions_answer_as_they_are_described(
    kind: GenerationMode, alice_client: Client
) -> None:
    alice_client.raise_request_exception = False
    described = alice_client.get("/data/openapi.json").json()
    config = SchemathesisConfig.from_dict({"generation": {"allow-x00": False}})  # refused at every address
    schema = schemathesis.openapi.from_dict(described, config=config)
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) > 8
    problems = [problems_of(operation, alice_client, kind) for operation in operations]
    assert not any(problems), "\n".join(["", *filter(None, problems)])
