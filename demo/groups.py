"""A model that was there already is a collection as well, its own rules and all: Django's groups."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from capsule import PageRequest
from collections_app import collection
from pages import page, ui

__all__ = ["group_list", "groups"]

groups = collection(
    model=Group, access="staff", label=_("Groups of rights"), icon="users", sortable=True, filterable=True
)


@page(_("Groups"), route="groups/", icon="users", order=12, access="staff")
def group_list(request: PageRequest) -> ui.Page:
    """The groups, to be read: they are made and given in the administration."""
    hint = _(
        "Django's own groups, a model that knows nothing of collections. The administration changes them."
    )
    return ui.Page([ui.Text(hint), ui.Table(groups, sort="name")])
