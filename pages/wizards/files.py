"""Files that a step has asked for: received at once, and kept until the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO, Any, Final, cast
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms import BaseForm
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from collections_app.declarations import Column
from collections_app.files.holding import opened_file, own_pending
from collections_app.files.keeping import keep
from collections_app.files.quota import bounded
from collections_app.files.showing import drawn

__all__ = ["REMOVED", "FileValues", "KeptUpload", "received", "still_kept", "with_file_inputs"]

REMOVED: Final = "-removed"  # what follows the field's name in that of the tick
FileValues = dict[str, dict[str, Any]]


class KeptUpload(UploadedFile):  # type: ignore[type-arg]
    """A file that was sent with an earlier step: read from where it is kept, when somebody reads it.

    A record that is given it takes it over: nothing is copied.
    """

    def __init__(self, value: dict[str, Any]) -> None:
        super().__init__(None, value["label"], value["type"], value["size"])
        self.kept_as = value

    def open(self, mode: str | None = None, *args: Any, **kwargs: Any) -> KeptUpload:
        """Begin it again. Raises ``LookupError`` where it is not there any more."""
        self._content().seek(0)
        return self

    def read(self, size: int = -1) -> bytes:
        """As any file's."""
        content: bytes = self._content().read(size)
        return content

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """As any file's."""
        return super(UploadedFile, self.open()).chunks(chunk_size)

    def _content(self) -> IO[Any]:
        if self.file is None:
            found = own_pending([UUID(self.kept_as["id"])])
            if not found:
                raise LookupError(f"The file {self.name!r} is not kept any more.")
            self.file = cast(IO[Any], opened_file(found[0]).file)
        return self.file


def still_kept(files: FileValues) -> FileValues:
    """Those of a step that are the person's still, and were not pruned."""
    if not files:
        return files
    found = {stored.pk.hex for stored in own_pending([UUID(value["id"]) for value in files.values()])}
    return {name: value for name, value in files.items() if value["id"] in found}


def received(form: BaseForm, before: FileValues) -> FileValues:
    """What a step has of files once it is sent: what came now, else what came before and was not removed.

    A file that its field does not take is not kept; one that cannot be kept is an error of its field.
    """
    kept: FileValues = {}
    for name in _file_fields(form):
        sent = form.files.get(form.add_prefix(name))
        if sent is not None and not isinstance(sent, KeptUpload):
            if name not in form.errors and (value := _keep(form, name, sent)) is not None:
                kept[name] = value
        elif name in before and f"{form.add_prefix(name)}{REMOVED}" not in form.data:
            kept[name] = before[name]
    return kept


def _keep(form: BaseForm, name: str, sent: UploadedFile[Any]) -> dict[str, Any] | None:
    try:
        with bounded():
            return keep(Column(name, type="file"), sent)
    except ValidationError as error:
        form.add_error(name, error)
        return None


def with_file_inputs(form: BaseForm, kept: FileValues) -> BaseForm:
    """The form, whose inputs for files show those that are kept."""
    for name in _file_fields(form):
        field = form.fields[name]
        field.widget = KeptFileInput(dict(field.widget.attrs), kept.get(name), may_remove=not field.required)
    return form


def _file_fields(form: BaseForm) -> Iterable[str]:
    return [name for name, field in form.fields.items() if isinstance(field, forms.FileField)]


class KeptFileInput(forms.FileInput):
    """An input for a file, beside the file that is kept."""

    def __init__(self, attrs: dict[str, Any], value: dict[str, Any] | None, *, may_remove: bool) -> None:
        super().__init__(attrs)
        self.value = value
        self.may_remove = may_remove

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        own = {**(attrs or {})}
        if self.value is not None:
            own["required"] = False
        context = {
            "name": name,
            "shown": drawn(self.value) if self.value is not None else "",
            "removed": f"{name}{REMOVED}",
            "may_remove": self.may_remove,
            "input": super().render(name, None, own, renderer),
        }
        return SafeString(render_to_string("pages/_wizard_file.html", context))
