"""A model that was there already is a collection as well, its own rules and all: Django's groups."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from collections_app import collection

__all__ = ["groups"]

groups = collection(model=Group, access="staff", label=_("Groups of rights"), icon="users")
