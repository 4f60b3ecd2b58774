from __future__ import annotations

import pytest

from capsule.errors import DeclaredTwice, NotDeclared
from capsule.registry import Registry, did_you_mean, the_legal


@pytest.fixture
def notes() -> Registry[int]:
    registry: Registry[int] = Registry("collection")
    registry.add("notes", 1, "desk.declarations:4")
    registry.add("threads", 2)
    return registry


def test_it_remembers_in_order(notes: Registry[int]) -> None:
    assert list(notes) == [1, 2]
    assert notes.names() == ["notes", "threads"]
    assert "notes" in notes
    assert len(notes) == 2
    assert notes.get("threads") == 2
    assert notes.place_of("notes") == "desk.declarations:4"


def test_a_name_is_given_once_and_the_error_says_where(notes: Registry[int]) -> None:
    with pytest.raises(
        DeclaredTwice, match=r"collection 'notes' is declared twice: desk.declarations:4 and shop:9\."
    ):
        notes.add("notes", 3, "shop:9")
    assert notes.get("notes") == 1


def test_an_unknown_name_gets_a_hint_in_plain_words(notes: Registry[int]) -> None:
    with pytest.raises(NotDeclared) as caught:
        notes.get("note")
    said = "No collection is named 'note'. Did you mean 'notes'? See docs/errors.md#notdeclared"
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("note", ["notes"], "Did you mean 'notes'?"),
        ("zebra", ["b", "a"], "Known: a, b."),
        ("zebra", [], "None is declared yet."),
        ("note", iter(["notes"]), "Did you mean 'notes'?"),
    ],
)
def test_did_you_mean(name: str, known: list[str], hint: str) -> None:
    assert did_you_mean(name, known) == hint


def test_the_legal() -> None:
    assert the_legal("gtt", ["gt", "eq"]) == "Did you mean 'gt'? Legal: gt, eq."
    assert the_legal("zebra", ["gt", "eq"]) == "Legal: gt, eq."
    assert the_legal("gtt", ["gt", "eq"], "to.") == "Did you mean 'to.gt'? Legal: to.gt, to.eq."


def test_a_temporary_declaration_goes_even_with_an_error(notes: Registry[int]) -> None:
    with pytest.raises(ZeroDivisionError), notes.temporarily("bookmarks", 3):
        assert notes.get("bookmarks") == 3
        raise ZeroDivisionError
    assert "bookmarks" not in notes
    assert notes.place_of("bookmarks") == ""


def test_what_is_declared_in_a_block_goes_at_its_end_even_with_an_error(notes: Registry[int]) -> None:
    before = notes.names()
    with pytest.raises(ZeroDivisionError), notes.restored():
        notes.add("bookmarks", 3, "here:1")
        raise ZeroDivisionError
    assert notes.names() == before
    assert notes.place_of("bookmarks") == ""


def test_it_may_grow_while_somebody_walks_it(notes: Registry[int]) -> None:
    for number, _declaration in enumerate(notes):
        notes.add(f"more{number}", number)
    assert len(notes) == 4
