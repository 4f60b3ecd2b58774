from __future__ import annotations

import sys

from capsule.places import app_label_of, calling_place


def declare() -> tuple[str, int]:
    return calling_place()


def test_a_declaration_knows_where_it_was_written() -> None:
    module, line = declare()
    assert module == __name__
    assert line == sys._getframe().f_lineno - 2


def test_the_label_is_the_installed_apps_else_the_modules_first_part() -> None:
    assert app_label_of("tests.testapp.declared.collections") == "testapp"
    assert app_label_of("accounts.models") == "accounts"
    assert app_label_of("nowhere.at.all") == "nowhere"
