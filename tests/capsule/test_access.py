from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import User
from capsule import Identity, ScopeError
from capsule.access import Access, access_in_words, access_name, access_problem, allows, require
from capsule.permissions import also_permissions_of

VISITOR = Identity()
PERSON = Identity(user_id="7")
STAFF = Identity(user_id="8", is_staff=True)


@pytest.mark.parametrize(
    ("access", "visitor", "person", "staff"),
    [
        ("public", True, True, True),
        ("authenticated", False, True, True),
        ("staff", False, False, True),
        (lambda identity: identity.user_id == "7", False, True, False),
    ],
)
def test_words_and_functions(access: Access, visitor: bool, person: bool, staff: bool) -> None:
    assert [allows(access, who) for who in (VISITOR, PERSON, STAFF)] == [visitor, person, staff]


def test_a_permission_is_djangos(alice: User, dana: User) -> None:
    assert not allows("accounts.view_organization", Identity.of(user=alice))
    assert allows("accounts.view_organization", Identity.of(user=dana))
    assert not allows("accounts.view_organization", VISITOR)


@pytest.mark.parametrize("word", ["pubic", "Public", "everyone", ""])
def test_a_mistyped_word_lets_nobody_in(word: str, alice: User) -> None:
    assert not allows(word, VISITOR)
    assert not allows(word, Identity.of(user=alice))
    assert access_problem(word) is not None


def test_require_tells_a_visitor_from_a_person() -> None:
    require("public", VISITOR)
    require("staff", STAFF)
    with pytest.raises(ScopeError):
        require("authenticated", VISITOR)
    with pytest.raises(PermissionDenied):
        require("staff", PERSON)


@pytest.mark.parametrize("access", ["public", "authenticated", "staff", "accounts.view_user", callable])
def test_what_may_be_declared(access: object) -> None:
    assert access_problem(access) is None


@pytest.mark.parametrize("access", [None, True, 1, "a.b.c", ["public"]])
def test_what_may_not_be_declared_is_told_with_what_may(access: object) -> None:
    problem = access_problem(access)
    assert problem is not None
    assert repr(access) in problem
    assert "'authenticated'" in problem


@pytest.mark.parametrize(
    ("access", "said"),
    [
        ("acounts.view_user", "There is no app 'acounts'. Did you mean 'accounts'?"),
        ("accounts.view_usr", "Did you mean 'accounts.view_user'? Legal: accounts.add_invitation,"),
        ("accounts.zebra", "There is no permission 'accounts.zebra'. Legal: accounts.add_invitation,"),
        ("capsule.view_user", "the app 'capsule' has none"),
    ],
)
def test_a_permission_that_does_not_exist_is_told_with_those_of_the_app(access: str, said: str) -> None:
    assert said in str(access_problem(access))


def test_a_layer_may_have_permissions_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capsule.permissions._others", [])
    also_permissions_of(lambda app_label: [f"shake_{app_label}"])
    assert access_problem("capsule.shake_capsule") is None
    assert "Legal: capsule.shake_capsule" in str(access_problem("capsule.view_user"))


class Rule:
    def __call__(self, identity: Identity) -> bool:
        return True


@pytest.mark.parametrize(
    ("access", "name", "words"),
    [
        ("public", "public", "anybody, without signing in"),
        ("authenticated", "authenticated", "whoever is signed in"),
        ("staff", "staff", "staff"),
        ("accounts.view_user", "accounts.view_user", "whoever has the permission accounts.view_user"),
        (require, "capsule.access.require()", "whom capsule.access.require() lets in"),
        (Rule(), f"{__name__}.Rule()", f"whom {__name__}.Rule() lets in"),
    ],
)
def test_an_access_has_a_name_and_words(access: Access, name: str, words: str) -> None:
    assert (access_name(access), access_in_words(access)) == (name, words)
