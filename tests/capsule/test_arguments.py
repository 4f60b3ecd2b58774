"""A misspelt argument, or a misspelt widget, is said with what was meant."""

from __future__ import annotations

import ast
import copy
import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest

from capsule.arguments import known_arguments
from capsule.errors import BadArgument
from capsule.failures import described
from collections_app import Column, collection
from collections_app.declaring import collections
from conversations import message
from handlers import action, data
from pages import link, page, ui
from settings_app import setting

# What is called, with what, and which argument is meant by the last.
MISSPELT: list[tuple[Callable[..., object], tuple[object, ...], str, str]] = [
    (collection, ("orders",), "sortabel", "sortable"),
    (Column, ("due",), "tipe", "type"),
    (setting, ("size",), "defalt", "default"),
    (data, (), "cahe", "cache"),
    (action, (), "lable", "label"),
    (page, ("Orders",), "ikon", "icon"),
    (link, ("Orders", "/orders/"), "ordre", "order"),
    (message, ("clerk",), "lable", "label"),
    (ui.Metric, ("Open",), "formatt", "format"),
    (ui.Chart, ([],), "sereis", "series"),
    (ui.Table, ([],), "page_sise", "page_size"),
    (ui.TableGroup, ("Files",), "tabels", "tables"),
    (ui.Row, ([],), "keey", "key"),
]


@pytest.mark.parametrize(("call", "given", "written", "meant"), MISSPELT)
def test_a_misspelt_argument_is_said_with_the_one_that_is_meant(
    call: Callable[..., object], given: tuple[object, ...], written: str, meant: str
) -> None:
    said = f"{call.__name__} takes no argument '{written}'. Did you mean '{meant}'? Legal: "
    with pytest.raises(BadArgument, match=f"^{re.escape(said)}"):
        call(*given, **{written: "x"})


def test_it_is_a_type_error_as_pythons_own_is() -> None:
    assert issubclass(BadArgument, TypeError)
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        Column()  # type: ignore[call-arg]


def test_what_is_decorated_stays_what_it_was() -> None:
    assert "sortable" in inspect.signature(collection).parameters and collection.__name__ == "collection"
    assert copy.copy(Column("due")) == Column("due") and copy.deepcopy(ui.Text("a")) == ui.Text("a")
    with collections.restored():
        made = collection("tmp_arguments")
        assert made.place.startswith(f"{__name__}:")


def test_whatever_takes_any_argument_is_not_asked() -> None:
    @known_arguments
    def takes(first: int, **others: Any) -> dict[str, Any]:
        return {"first": first, **others}

    assert takes(1, second=2) == {"first": 1, "second": 2}


def test_a_widget_that_there_is_not_is_said_with_the_nearest() -> None:
    with pytest.raises(AttributeError, match=r"^pages\.ui has no 'Roww'\. Did you mean 'Row'\?"):
        _ = ui.Roww  # type: ignore[attr-defined]
    assert not hasattr(ui, "__wrapped__")


def test_a_name_of_ours_that_is_not_imported_is_said_with_its_line() -> None:
    with pytest.raises(NameError) as missing:
        exec(compile(ast.parse("@data\ndef share(request): ..."), "declarations.py", "exec"), {})
    assert described(missing.value).message == (
        "name 'data' is not defined. Did you forget 'from handlers import data'?"
    )
    with pytest.raises(NameError) as unknown:
        exec("nothing_of_ours", {})
    assert described(unknown.value).message == "name 'nothing_of_ours' is not defined"


def test_the_signature_is_that_of_what_is_made() -> None:
    """On any Python: an editor and the reference show it."""
    assert list(inspect.signature(ui.Row).parameters) == ["children", "key"]
    assert list(inspect.signature(Column).parameters)[:3] == ["key", "type", "label"]
