"""The history of a record in the admin, and the ways back: an earlier version, a deleted record."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from capsule.errors import BadInput
from capsule.sources import SOURCE_WORDS
from collections_app.admin_reads import ReadsNoted
from collections_app.admin_scopes import scopes_in_words
from collections_app.errors import Conflict, IdTaken, NotInHistory
from collections_app.history.entries import Change, Entry, deletion_of, document_at
from collections_app.history.logbook import differences
from collections_app.history.wording import ACTIONS, ShownChange, reasons_of, visible_changes

__all__ = ["HistoryViews"]

PAGE = 50  # entries
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class ShownEntry:
    """An entry as a person reads it: no hidden column is in it."""

    entry: Entry
    action: Any
    source: Any
    changes: list[ShownChange]
    restore: str  # the address, or nothing


class HistoryViews(ReadsNoted):
    """The addresses of a collection's history in the admin. Whoever may look reads it; a POST goes back."""

    def get_urls(self) -> list[URLPattern]:
        own: list[tuple[str, Callable[..., HttpResponse], str]] = [
            ("deleted/", self.deleted_view, "deleted"),
            ("deleted/<uuid:id>/", self.undelete_view, "undelete"),
            ("<path:object_id>/history/<int:version>/", self.restore_view, "restore"),
        ]
        name = self.opts.model_name
        patterns = [
            path(route, self.admin_site.admin_view(view), name=f"{self.opts.app_label}_{name}_{what}")
            for route, view, what in own
        ]
        return [*patterns, *super().get_urls()]

    @property
    def deleted_address(self) -> str:
        """Where the deleted records are listed; nothing where no history is kept."""
        return self._address("deleted") if self.collection.declaration.history else ""

    def _address(self, what: str, *args: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{what}", args=args)

    # One record -------------------------------------------------------------------------------------

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What was done to a record, the newest first, from every side; see ``Collection.history``."""
        if not self.collection.declaration.history:
            return super().history_view(request, object_id, extra_context)
        row = self._row(request, object_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        found = self.collection.across_scopes().history(
            row.public_id, limit=PAGE + 1, before=_before(request)
        )
        may_change = self.has_change_permission(request, row)
        shown = [self._shown(entry, row if may_change else None, may_change) for entry in found[:PAGE]]
        context = {"entries": shown, "older": found[PAGE - 1].number if len(found) > PAGE else None}
        return self._page(request, "history", _("History"), row=row, **context, **(extra_context or {}))

    def restore_view(self, request: HttpRequest, object_id: str, version: int) -> HttpResponse:
        """Asks whether an earlier version shall be written again, and writes it on POST."""
        row = self._row(request, object_id)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        self._require_history()
        everywhere = self.collection.across_scopes()
        if request.method == "POST":
            return self._done(
                request,
                lambda: everywhere.restore(row.public_id, version, seen=_number(request, "seen")),
                _("Version %(version)s was restored.") % {"version": version},
                self._address("history", row.pk),
            )
        current = everywhere.get(row.public_id)
        try:
            document = document_at(everywhere, current, version) if current is not None else {}
        except NotInHistory:
            raise Http404 from None
        before, after = differences(row.data, document)
        changes = {key: Change(before.get(key), after.get(key)) for key in {**before, **after}}
        return self._page(
            request,
            "restore",
            _("Restore version %(version)s") % {"version": version},
            row=row,
            changes=visible_changes(
                self.collection.by_scope.declaration(row.scope_key), changes, sees_others=True
            ),
        )

    # Those that were deleted ------------------------------------------------------------------------

    def deleted_view(self, request: HttpRequest) -> HttpResponse:
        """The records that can be brought back, the last deleted first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        self._require_history()
        found = self.collection.across_scopes().deleted(limit=PAGE + 1, before=_before(request))
        words = scopes_in_words(entry.scope_key for entry in found)
        deletions = [
            (self._shown(entry, None, False), self._title(entry), words[entry.scope_key])
            for entry in found[:PAGE]
        ]
        older = found[PAGE - 1].number if len(found) > PAGE else None
        may_undelete = self._may_undelete(request)
        return self._page(
            request, "deleted", _("Deleted"), deletions=deletions, older=older, may_undelete=may_undelete
        )

    def undelete_view(self, request: HttpRequest, id: UUID) -> HttpResponse:
        """Asks whether a deleted record shall be brought back, and brings it back on POST."""
        if not self._may_undelete(request):
            raise PermissionDenied
        self._require_history()
        everywhere = self.collection.across_scopes()
        if request.method == "POST":
            return self._done(
                request,
                lambda: everywhere.undelete(id),
                _("The record is back."),
                self._address("changelist"),
            )
        try:
            deletion = deletion_of(everywhere, id)
        except NotInHistory:
            raise Http404 from None
        self.note_read(request, deletion.scope_key, deletion.document_id)
        return self._page(
            request,
            "undelete",
            _("Bring back"),
            deletion=self._shown(deletion, None, self.has_change_permission(request)),
            name=self._title(deletion),
            scope=scopes_in_words([deletion.scope_key])[deletion.scope_key],
        )

    def _may_undelete(self, request: HttpRequest) -> bool:
        """Whoever may add records; whose this one is, the history says."""
        return bool(request.user.has_perm(self.collection.declaration.permission("add")))

    def _done(
        self, request: HttpRequest, work: Callable[[], object], sentence: str, address: str
    ) -> HttpResponse:
        """Do it, say how it went, and lead on."""
        try:
            work()
        except Conflict:
            messages.error(request, _("Somebody changed this record meanwhile. Nothing was restored."))
        except ValidationError as error:
            reasons = reasons_of(error, self.collection.declaration)
            messages.error(request, _("It does not fit any more: %(reasons)s") % {"reasons": reasons})
        except (NotInHistory, IdTaken):
            messages.error(request, _("This is not in the history any more, or it is back already."))
        else:
            messages.success(request, sentence)
        return HttpResponseRedirect(address)

    # Showing ----------------------------------------------------------------------------------------

    def _require_history(self) -> None:
        if not self.collection.declaration.history:
            raise Http404

    def _row(self, request: HttpRequest, object_id: str) -> Any:
        number = unquote(object_id)
        row = self.get_object(request, number) if _NUMBER.fullmatch(number) else None
        if row is None:
            raise Http404
        return row

    def _shown(self, entry: Entry, row: Any, sees_others: bool) -> ShownEntry:
        """``row`` is the record, where it may be restored."""
        restorable = row is not None and entry.action != "move" and entry.version != row.version
        return ShownEntry(
            entry,
            ACTIONS[entry.action],
            SOURCE_WORDS.get(entry.source, entry.source),
            visible_changes(
                self.collection.by_scope.declaration(entry.scope_key), entry.changes, sees_others=sees_others
            ),
            self._address("restore", row.pk, entry.version) if restorable else "",
        )

    def _title(self, entry: Entry) -> str:
        return str(self.model(public_id=entry.document_id, data=entry.before))

    def _page(self, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
        shown = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, **context}
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request, f"admin/collections_store/{template}.html", shown, status=HTTPStatus.OK
        )


def _before(request: HttpRequest) -> int | None:
    return _number(request, "before") if "before" in request.GET else None


def _number(request: HttpRequest, name: str) -> int:
    """A whole number that a link or a form of ours carries. Raises ``BadInput``."""
    text = (request.POST if request.method == "POST" else request.GET).get(name, "")
    if not _NUMBER.fullmatch(text) or int(text) == 0:
        sentence = _("This page did not come from here. Load it again.")
        raise BadInput(sentence, {name: [sentence]})
    return int(text)
