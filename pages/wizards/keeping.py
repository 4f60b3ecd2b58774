"""What is kept of a wizard: of each step what was posted, as it was posted, and the files that came along.

What was posted is cleaned anew whenever it is needed. So no value has to survive as JSON, and an answer that
does not fit any more, after a deployment that changed its form, leads back to its step, in its words.

The state is ``{"run": ..., "at": {...}, "step:who": {...}, "step:where": {...}}``, and once it is finished
``{"run": ..., "done": {"run": ..., ...}}``. Each step is a key of its own, so that two tabs merge.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

import orjson
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms import BaseForm
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from pages.wizards.files import REMOVED, FileValues, KeptUpload, still_kept, with_file_inputs

__all__ = ["State", "done_of", "entry_of", "filled", "has_begun", "seen", "step_key"]

State = dict[str, Any]
Entry = dict[str, Any]
RUN: Final = "run"


def step_key(name: str) -> str:
    """Where in the state a step is."""
    return f"step:{name}"


def done_of(state: State) -> dict[str, Any] | None:
    """What it came to, if it is finished and nothing has been begun since."""
    done: dict[str, Any] | None = state.get("done")
    return done if done is not None and done.get(RUN) == state.get(RUN) else None


def has_begun(state: State) -> bool:
    """Whether anything was answered that is not finished."""
    return any(key.startswith("step:") for key in state)


def seen(state: State, name: str | None = None) -> str:
    """A word that is another when the step (without one: all of it) is answered otherwise meanwhile."""
    part = state.get(step_key(name)) if name is not None else state
    given = [state.get(RUN), part if name is not None else {k: v for k, v in state.items() if k != "at"}]
    return blake2b(orjson.dumps(given, option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()


def entry_of(form: BaseForm, files: FileValues, *, is_draft: bool) -> Entry:
    """What is kept of a form that was sent. A draft was left by Back, and has nothing wrong with it yet."""
    posted = {name: form.data.getlist(name) for name in form.data if _is_of(name, form)}  # type: ignore[attr-defined]
    entry: Entry = {"posted": posted}
    if files:
        entry["files"] = dict(files)
    if is_draft:
        entry["draft"] = True
    return entry


def _is_of(name: str, form: BaseForm) -> bool:
    """Whether a posted value belongs to a field: a field may send several, ``when_0`` and ``when_1``."""
    if name.endswith(REMOVED):
        return False
    names = (
        form.add_prefix(field) for field, one in form.fields.items() if not isinstance(one, forms.FileField)
    )
    return any(name == one or name.startswith((f"{one}_", f"{one}-")) for one in names)


def filled(form_class: type[BaseForm], entry: Entry | None, auto_id: str) -> BaseForm:
    """The form of a step, with what is kept of it, cleaned; empty where nothing is."""
    if entry is None:
        return with_file_inputs(form_class(auto_id=auto_id), {})
    files = still_kept(entry.get("files", {}))
    data = QueryDict(mutable=True)
    for name, values in entry.get("posted", {}).items():
        data.setlist(name, values)
    uploads: MultiValueDict[str, UploadedFile[Any]] = MultiValueDict(
        {n: [KeptUpload(v)] for n, v in files.items()}
    )
    return with_file_inputs(form_class(data, uploads, auto_id=auto_id), files)


def without_words(form: BaseForm) -> BaseForm:
    """The form as it was left half-way: what it lacks is said when it is sent."""
    form.full_clean()
    form._errors = ErrorDict()  # type: ignore[attr-defined] # there is no other way to show what was typed, and no more
    return form


def given_files(entry: Mapping[str, Any] | None) -> FileValues:
    """The files that are kept of a step."""
    return dict((entry or {}).get("files", {}))
