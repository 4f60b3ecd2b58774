"""The form of a document: what it offers, what it carries, what it changes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict

from capsule import BadInput
from collections_app import Column
from collections_app.declarations import Declaration
from collections_app.forms import DocumentForm
from tests.testapp.declared.collections import contacts, everything, threads

FULL = {
    "text": "old\r\nlines", "number": 5, "currency": "10.5", "date": "2026-11-23",
    "link": "https://x.example/", "email": "a@b.co", "file": {"_type": "file", "label": "x"}, "status": "a",
    "tags": ["x", "y"], "boolean": True, "score": 50, "undeclared": {"kept": [1]},
}  # fmt: skip


def posted(**values: Any) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in values.items():
        data[name.replace("__", "-")] = value
    return data


def declared(*columns: Column) -> Declaration:
    return Declaration(name="things", columns=columns, editable=True)


def resent(form: DocumentForm, **changes: str) -> QueryDict:
    """What a browser sends for a form in which only ``changes`` were typed."""
    data = QueryDict(mutable=True)
    for name, value in form.seen_pairs:
        data[name] = value
    for field in form:
        value = field.value()
        if field.name == "boolean":
            if value:
                data[field.name] = "on"
        elif isinstance(value, dict):
            data[field.name] = json.dumps(value)
        else:
            data[field.name] = str("" if value is None else value).replace("\n", "\r\n").replace("\r\r", "\r")
    data.update(changes)
    return data


def test_it_offers_what_may_be_edited() -> None:
    form = DocumentForm(threads.declaration)
    assert list(form.fields) == ["subject", "sender", "status", "priority", "received", "tags"]
    assert DocumentForm(everything.declaration).is_multipart()
    fixed = declared(Column("a"), Column("b", editable=False), Column("c", hidden=True))
    assert list(DocumentForm(fixed).fields) == ["a"]


def test_defaults_stand_in_an_empty_form() -> None:
    assert DocumentForm(threads.declaration)["status"].value() == "new"
    called = declared(Column("a", default=lambda: "made"))
    assert DocumentForm(called)["a"].value() == "made"


def test_a_valid_form_gives_a_clean_document() -> None:
    form = DocumentForm(threads.declaration, posted(subject="Hi", priority="3", tags="a, b", status="open"))
    assert form.is_valid(), form.errors
    assert form.document == {"subject": "Hi", "priority": 3, "tags": ["a", "b"], "status": "open"}


def test_a_required_column_and_a_wrong_value_are_told_beside_their_fields() -> None:
    form = DocumentForm(contacts.declaration, posted(name="x", email=""))
    assert list(form.errors) == ["email"]
    form = DocumentForm(threads.declaration, posted(priority="many", sender="nobody", status="none"))
    assert sorted(form.errors) == ["priority", "sender", "status"]
    assert 'value="many"' in str(form["priority"])


def test_what_nobody_touched_is_no_change() -> None:
    form = DocumentForm(everything.declaration, document=FULL)
    sent = DocumentForm(everything.declaration, resent(form), document={})
    assert sent.is_valid(), sent.errors
    assert sent.edits == {}


@pytest.mark.parametrize(
    ("name", "typed", "edit"),
    [
        ("text", "new", ("old\r\nlines", "new")),
        ("text", "", ("old\r\nlines", None)),
        ("number", "6", (5, 6)),
        ("number", "", (5, None)),
        ("currency", "10.500", ("10.5", "10.5")),
        ("date", "2026-11-24", ("2026-11-23", "2026-11-24")),
        ("status", "b", ("a", "b")),
        ("tags", "x", (["x", "y"], ["x"])),
        ("score", "51", (50, 51)),
    ],
)
def test_a_change_carries_the_value_that_was_seen(name: str, typed: str, edit: tuple[Any, Any]) -> None:
    form = DocumentForm(everything.declaration, document=FULL)
    sent = DocumentForm(everything.declaration, resent(form, **{name: typed}), document={})
    assert sent.is_valid(), sent.errors
    assert sent.edits == {name: edit}


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        (Column("a", type="currency", format="EUR"), "1280.9", "1280.90"),
        (Column("a", type="currency", format="EUR"), "3", "3.00"),
        (Column("a", type="currency", format="EUR"), "-3.2", "-3.20"),
        (Column("a", type="currency", format="EUR"), "3.205", "3.205"),
        (Column("a", type="currency", format="JPY"), "3", "3"),
        (Column("a", type="currency", format="KWD"), "3.2", "3.200"),
        (Column("a", type="currency"), "3.2", "3.20"),
        (Column("a", type="currency", format="EUR", options=["3.2"]), "3.2", "3.2"),
        (Column("a", type="currency", format="EUR"), "odd", "odd"),
        (Column("a", type="currency", format="EUR"), None, ""),
        (Column("a", type="number", format="0.00"), 1280.9, "1280.90"),
        (Column("a", type="number", format="EUR"), 3, "3.00"),
        (Column("a", type="number", format="0.0%"), 0.5, "0.5"),
        (Column("a", type="number"), 1280.9, "1280.9"),
        (Column("a", type="number", format="0.00"), 1e300, "1e+300"),
    ],
)
def test_an_amount_has_the_digits_that_the_table_shows(column: Column, value: Any, shown: str) -> None:
    form = DocumentForm(declared(column), document={"a": value})
    assert form["a"].field.prepare_value(form["a"].value()) == shown
    assert f'value="{shown}"' in str(form["a"]) or column.options or not shown
    again = DocumentForm(declared(column), resent(form), document={"a": value})
    assert again.is_valid() and again.edits == {}, "untouched, it is no change"


def test_a_switch_turned_off_is_a_change_and_a_missing_one_left_alone_is_none() -> None:
    declaration = declared(Column("paid", type="boolean", default=False))
    form = DocumentForm(declaration, document={"paid": True})
    data = resent(form)
    del data["paid"]
    sent = DocumentForm(declaration, data, document={})
    assert sent.is_valid()
    assert sent.edits == {"paid": (True, False)}
    form = DocumentForm(declaration, document={})
    sent = DocumentForm(declaration, resent(form), document={})
    assert sent.is_valid()
    assert sent.edits == {}


@pytest.mark.parametrize(
    ("old", "shown"), [(None, ""), (True, "true"), (False, "false"), ("yes", "true"), ("many", "many")]
)
def test_what_may_be_unset_is_chosen_of_three(old: Any, shown: str) -> None:
    declaration = declared(Column("paid", type="boolean"))
    document = {} if old is None else {"paid": old}
    form = DocumentForm(declaration, document=document)
    assert f'<option value="{shown}" selected>' in str(form["paid"])
    for chosen, value in {"": None, "true": True, "false": False}.items():
        sent = DocumentForm(declaration, resent(form, paid=chosen), document=document)
        assert sent.is_valid()
        assert sent.edits == ({} if chosen == shown else {"paid": (old, value)})


@pytest.mark.parametrize(
    "column", [Column("paid", type="boolean", default=True), Column("paid", type="boolean", required=True)]
)
def test_what_is_never_unset_is_a_switch(column: Column) -> None:
    assert 'type="checkbox"' in str(DocumentForm(declared(column))["paid"])


@pytest.mark.parametrize(
    ("name", "old"),
    [
        ("status", "no option any more"),
        ("number", "many"),
        ("date", "some day"),
        ("tags", "not a list"),
        ("email", "nobody"),
        ("link", "javascript:alert(1)"),
        ("text", {"an": "object"}),
        ("score", 1000),
        ("currency", "1,5"),
    ],
)
def test_an_old_value_that_does_not_fit_stays_while_another_field_is_saved(name: str, old: Any) -> None:
    document = {**FULL, name: old}
    form = DocumentForm(everything.declaration, document=document)
    other = "link" if name == "text" else "text"
    typed = "https://new.example/" if name == "text" else "new"
    sent = DocumentForm(everything.declaration, resent(form, **{other: typed}), document={})
    assert sent.is_valid(), sent.errors
    assert list(sent.edits) == [other]


def test_a_select_keeps_a_former_option() -> None:
    form = DocumentForm(everything.declaration, document={"status": "former"})
    assert '<option value="former" selected>' in str(form["status"])


def test_only_fields_that_came_are_changed() -> None:
    sent = DocumentForm(threads.declaration, posted(subject="x", seen__subject='"y"'), document={})
    assert sent.is_valid()
    assert sent.edits == {"subject": ("y", "x")}


def test_without_a_seen_value_only_a_missing_one_can_be_set() -> None:
    sent = DocumentForm(threads.declaration, posted(subject="x"), document={})
    assert sent.is_valid()
    assert sent.edits == {"subject": (None, "x")}


@pytest.mark.parametrize("seen", ["", "{", "NaN", '"\\ud800"', "[" * 5000, '"\\u0000"', '{"a":1,"a":2}'])
def test_a_seen_value_that_no_form_sent_is_refused(seen: str) -> None:
    with pytest.raises(BadInput) as caught:
        DocumentForm(threads.declaration, posted(subject="x", seen__subject=seen), document={})
    assert list(caught.value.fields) == ["seen-subject"]


def test_a_column_may_be_called_as_the_forms_own_inputs() -> None:
    form = DocumentForm(declared(Column("next"), Column("csrfmiddlewaretoken"), Column("version")))
    assert list(form.fields) == ["next_", "csrfmiddlewaretoken_", "version"]
    sent = DocumentForm(form.declaration, posted(next="/x/", next_="mine"))
    assert sent.is_valid()
    assert sent.document == {"next": "mine"}


def test_what_the_collection_refuses_stands_beside_its_field() -> None:
    form = DocumentForm(contacts.declaration, posted(name="x", email="a@b.co"))
    assert form.is_valid()
    form.refuse(ValidationError({"email": ["Taken."], "hidden": ["Missing."]}))
    form.refuse(ValidationError("Too large."))
    assert form.errors["email"] == ["Taken."]
    assert form.non_field_errors() == ["hidden: Missing.", "Too large."]


def test_seen_values_are_json_in_an_escaped_input() -> None:
    form = DocumentForm(threads.declaration, document={"subject": '"><script>'})
    assert dict(form.seen_pairs)["seen-subject"] == json.dumps('"><script>')


def test_a_long_text_gets_an_area_and_keeps_its_lines() -> None:
    form = DocumentForm(everything.declaration, document={"text": "a\nb"})
    assert "<textarea" in str(form["text"])
    assert "<textarea" not in str(DocumentForm(everything.declaration)["text"])


def test_what_a_hidden_column_refuses_does_not_name_it() -> None:
    declaration = Declaration("x", (Column("name"), Column("token", hidden=True)))
    form = DocumentForm(declaration, posted(name="a"))
    form.refuse(ValidationError({"token": ["Another record has this already."]}))
    assert form.errors == {"__all__": ["A value that is not shown here does not fit."]}
