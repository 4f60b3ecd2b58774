"""A person types numbers in the way of their language; addresses, programs and files have them plain."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from django.utils.datastructures import MultiValueDict
from hypothesis import given
from hypothesis import strategies as st

from collections_app import Collection, Column
from collections_app.columns import column_type_of
from tests.html_forms import fields_of
from tests.testapp.declared.collections import everything

pytestmark = pytest.mark.django_db

GERMAN = {"Accept-Language": "de"}
PAGE = "/collections/test_everything/"


@pytest.fixture
def fees() -> Collection:
    everything.insert_many([{"text": "Luna", "currency": "1145.1", "number": 1.234}, {"text": "Rex"}])
    return everything


def row_of(fees: Collection, name: str = "Luna") -> Any:
    row = fees.find_one({"text": name})
    assert row is not None
    return row


def test_a_cell_is_edited_as_it_is_shown(fees: Collection, client: Client) -> None:
    address = f"{PAGE}{row_of(fees).id}/cells/currency/"
    shown = client.get(address, headers=GERMAN).content.decode()
    assert 'value="1145,10"' in shown
    for typed, stored in {
        "145,13": "145.13",
        "1.234,56": "1234.56",
        "145.13": "145.13",
        "1.234": "1234",
    }.items():
        seen = f'"{row_of(fees)["currency"]}"'
        sent = {"currency": typed, "seen-currency": seen}
        assert client.post(address, sent, headers=GERMAN).status_code == 302
        assert row_of(fees)["currency"] == stored
    refused = client.post(address, {"currency": "1,2,3", "seen-currency": seen}, headers=GERMAN)
    assert refused.status_code == 422
    assert "Geben Sie einen Betrag wie 12,50 ein." in refused.content.decode()
    assert 'value="1,2,3"' in refused.content.decode()


def test_a_record_is_added_and_what_nobody_touched_stays(fees: Collection, client: Client) -> None:
    sent = {"text": "Mia", "currency": "99,90", "number": "1,234"}
    assert client.post(f"{PAGE}add/", sent, headers=GERMAN).status_code == 302
    assert (row_of(fees, "Mia")["currency"], row_of(fees, "Mia")["number"]) == ("99.9", 1.234)
    row = row_of(fees)
    form = client.get(f"{PAGE}{row.id}/", headers=GERMAN).content.decode()
    fields = fields_of(form, f"{PAGE}{row.id}/")
    assert (fields["currency"], fields["number"]) == ("1145,10", "1,234")
    assert client.post(f"{PAGE}{row.id}/", fields, headers=GERMAN).status_code == 302
    assert row_of(fees).version == row.version


def test_a_filter_reads_what_was_typed_and_links_on_plain(fees: Collection, client: Client) -> None:
    asked = {"test_everything-from-currency": "1.145,1", "test_everything-typed": "de"}
    for language in ("de", "en"):  # the address says in which language it was typed
        response = client.get(PAGE, asked, headers={"Accept-Language": language})
        page = response.content.decode()
        assert response.status_code == 200 and "Luna" in page and "Rex" not in page
        assert "test_everything-from-currency=1145.1&amp;" in page
        assert "typed=de&amp;" not in page
        assert f'value="{"1145,1" if language == "de" else "1145.1"}"' in page
    assert '<input type="hidden" name="test_everything-typed"' not in page  # English types as addresses do
    # A link has numbers plain, whoever follows it; what a person writes into it by hand is understood too.
    for text, is_found in (("1145.1", True), ("1145.2", False), ("1.145", True), ("1145,1", True)):
        page = client.get(PAGE, {"test_everything-from-currency": text}, headers=GERMAN).content.decode()
        assert ("Luna" in page) is is_found, text
    wrong = client.get(PAGE, {**asked, "test_everything-from-currency": "1,2,3"}, headers=GERMAN)
    assert wrong.status_code == 400 and 'value="1,2,3"' in wrong.content.decode()
    assert client.get(PAGE, {"test_everything-typed": "xx"}).status_code == 400


@given(
    st.sampled_from(["en", "de"]),
    st.sampled_from([("number", None), ("number", "0.00"), ("currency", "EUR"), ("score", "1000000")]),
    st.data(),
)
def test_what_an_editor_shows_is_read_back(language: str, kind: tuple[str, str | None], data: Any) -> None:
    column = Column("size", type=kind[0], format=kind[1])
    numbers = st.integers(0, 10**6) | st.floats(0.001, 10**6)
    stored = column_type_of(column).clean(column, data.draw(numbers))
    with translation.override(language):
        field = column_type_of(column).form_field(column)
        shown = str(field.prepare_value(stored))
        assert field.clean(shown) == stored
        field.initial = stored
        assert not field.has_changed(stored, shown)
        sent = field.widget.value_from_datadict(MultiValueDict({"size": [shown]}), MultiValueDict(), "size")
        assert field.clean(sent) == stored


def test_the_ends_of_a_range_are_called_as_one_says_it(client: Client) -> None:
    page = client.get(PAGE, headers=GERMAN).content.decode()
    assert "<span>von</span>" in page and "<span>bis</span>" in page
