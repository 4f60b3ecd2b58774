"""What is wrong with a collection of a model is said at start-up, and so is what would be faster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import pytest
from django.contrib.auth.models import Group
from django.db import connection, models

from collections_app import Column, collection
from collections_app.checks import check_collections, check_models
from collections_app.declaring import collections
from tests.crm.models import Contact, Label, Project, Reminder


@contextmanager
def declared_for_now() -> Iterator[None]:
    """Forget afterwards what is declared within, and bring back what is taken out."""
    before = dict(collections._declared), dict(collections._places)
    try:
        yield
    finally:
        collections._declared, collections._places = before


def said(check: Any, **declared: Any) -> list[tuple[str, str]]:
    """The ids and sentences about one collection, declared for this test."""
    with declared_for_now():
        handle = collection("one_of_a_model", **declared)
        found = [one for one in check() if one.obj == handle.place]
    return [(one.id.removeprefix("collections_app."), f"{one.msg} {one.hint}") for one in found]


OWNER: dict[str, Any] = {"model": Project, "scope": "owner", "scope_field": "organization"}


@pytest.mark.parametrize(
    ("declared", "id", "words"),
    [
        ({**OWNER, "scope": "session"}, "E020", "no model has a foreign key to a conversation"),
        ({**OWNER, "scope_field": ""}, "E020", "does not say whose"),
        ({**OWNER, "scope_field": "organisation"}, "E020", "no field 'organisation'"),
        ({**OWNER, "scope_field": "name"}, "E020", "no foreign key"),
        ({**OWNER, "scope": "user"}, "E020", "leads to Organization"),
        ({"model": Contact, "scope": "owner", "scope_field": "project"}, "E020", "leads to Project"),
        (
            {"model": Contact, "scope": "owner", "scope_field": "labels__organization"},
            "E020",
            "no foreign key",
        ),
        ({"model": Project, "scope_field": "organization"}, "E020", "in app scope"),
        ({**OWNER, "columns": ["nmae"]}, "E019", "Did you mean 'name'"),
        ({"model": Contact, "columns": ["details"]}, "E019", "no field for one"),
        ({**OWNER, "unique": ["name"]}, "E019", "unique="),
        ({**OWNER, "indexes": [["name", "-colour"]]}, "E019", "indexes="),
        ({**OWNER, "strict": False}, "E019", "strict="),
        ({**OWNER, "renamed_from": "old"}, "E019", "renamed_from="),
        ({"model": Reminder, "version_field": "about"}, "E021", "no field that counts"),
        ({**OWNER, "search": ["organization"]}, "E013", "no visible column of text"),
        ({**OWNER, "access": "nobody"}, "E008", "access"),
    ],
    ids=str,
)
def test_what_is_wrong_is_told_with_what_to_do(declared: dict[str, Any], id: str, words: str) -> None:
    found = said(check_collections, **declared)
    assert id in [number for number, _words in found] and words in " ".join(text for _id, text in found)


def test_what_is_right_has_no_problem() -> None:
    assert (
        said(check_collections, **OWNER, columns=["name"], search=["name"], access="crm.view_project") == []
    )
    assert said(check_collections, model=Group, access="staff") == []


def test_a_collection_without_a_name_is_called_as_its_model_calls_its_rows() -> None:
    with declared_for_now():
        assert collection(model=Label).name == "labels"
    with pytest.raises(TypeError):
        collection(columns=["a"])


def test_a_missing_index_is_told_with_the_line_to_paste() -> None:
    ((id, text),) = said(check_models, **OWNER, columns=["name"], sortable=True)
    assert id == "W004" and 'models.Index(fields=["organization", "name"]),' in text
    assert said(check_models, **OWNER, columns=["name"]) == []
    ((_id, text),) = said(check_models, model=Contact, columns=["seats", "email", "notes"], sortable=True)
    assert 'fields=["notes"]' in text and "seats" not in text and "email" not in text
    assert said(check_models, model=Contact, columns=[Column("notes", sortable=False)], sortable=True) == []


class Kept(models.Model):
    """Whose nullable columns have indexes of each form; it has no table."""

    first = models.IntegerField(null=True)
    last = models.IntegerField(null=True)
    plain = models.IntegerField(null=True)
    some = models.IntegerField()

    class Meta:
        app_label = "crm"
        managed = False
        indexes: ClassVar[list[models.Index]] = [
            models.Index(models.F("first").asc(nulls_first=True), name="kept_first"),
            models.Index(models.F("last").desc(nulls_last=True), name="kept_last"),
            models.Index(fields=["plain"], name="kept_plain"),
            models.Index(fields=["some"], name="kept_some", condition=models.Q(some=1)),
        ]

    def __str__(self) -> str:
        return ""


def test_where_null_is_highest_in_an_index_it_is_told_to_have_it_lowest() -> None:
    """PostgreSQL walks an index in its own order of nulls alone, and ours is the other."""
    ((_id, text),) = said(check_models, model=Kept, sortable=True)
    assert 'models.Index(fields=["some"]),' in text  # one of some rows is no index of all
    pasted = 'models.Index(models.F("plain").asc(nulls_first=True), name="kept_plain"),'
    assert (pasted in text) is (connection.vendor == "postgresql")
    assert "first" not in text.replace("nulls_first", "") and "last" not in text


def test_a_foreign_key_that_nothing_speaks_of_is_told() -> None:
    ((id, text),) = said(
        check_models, model=Reminder, scope="user", scope_field="user", columns=["user", "about"]
    ) or [("", "")]
    assert (id, text) == ("", "")  # a person is reached
    with declared_for_now():
        for name in ("crm_labels", "crm_projects"):
            del collections._declared[name]
        declared = {"model": Contact, "scope": "owner", "scope_field": "project__organization"}
        ((id, text),) = said(check_models, **declared, columns=["project", "labels"])
    assert id == "W003" and "collection(model=Label" in text
