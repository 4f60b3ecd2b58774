"""Addresses answer with and without their final slash."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Organization


@pytest.mark.parametrize(
    "address", ["/settings", "/data", "/account", "/organization", "/collections/test_threads"]
)
def test_an_address_answers_with_and_without_its_slash(
    alice_client: Client, acme: Organization, address: str
) -> None:
    for form in (address, f"{address}/"):
        assert alice_client.get(form).status_code == 200


def test_the_admins_address_leads_there(dana_client: Client) -> None:
    assert dana_client.get("/admin", follow=True).status_code == 200
