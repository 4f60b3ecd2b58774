"""A page of many widgets of the demo asks little of the database."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Organization, User
from benchmarks.dashboards import dashboard
from capsule import acting_as
from demo import seed
from demo.declarations import threads
from pages.declarations import pages
from tests.demo.conftest import client_of

MOST = 12  # queries, with those of the session, the person and their rights


@pytest.mark.django_db(transaction=True)
def test_eight_metrics_three_charts_and_two_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seed, "THREADS", 60)
    monkeypatch.setattr(seed, "CONTACTS", 12)
    monkeypatch.setattr(seed, "packaged", lambda: iter(()))
    seed.seed(lambda _sentence: None)
    desk = Organization.objects.get(slug="acme-support")
    overview = pages.get("overview")
    kept = overview.function
    object.__setattr__(overview, "function", dashboard)  # a page of its own would be one of all suites
    try:
        alice = client_of("alice", desk)
        alice.get("/overview/")
        with CaptureQueriesContext(connection) as asked:
            assert alice.get("/overview/").content.count(b'class="card metric"') == 8
        assert len(asked) <= MOST, "\n".join(one["sql"] for one in asked.captured_queries)
        with acting_as(user=User.objects.get(name="Alice"), organization=desk):
            threads.insert_one({"subject": "a", "sender": "a@example.org", "received": "2026-11-01"})
        with CaptureQueriesContext(connection) as again:
            assert alice.get("/overview/").status_code == 200
        assert len(again) > len(asked)  # what somebody wrote is counted anew
    finally:
        object.__setattr__(overview, "function", kept)
