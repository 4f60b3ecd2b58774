from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.core.checks import Tags, register

from capsule_site.checks import check_address, check_files

__all__ = ["CapsuleSiteConfig", "DaphneConfig", "SiteAdminConfig"]


class CapsuleSiteConfig(AppConfig):
    name = "capsule_site"
    default = True

    def ready(self) -> None:
        register(check_address, Tags.security)
        register(check_files, Tags.security)


class DaphneConfig(AppConfig):
    """Daphne, for its ``runserver``.

    Its own configuration loads the server, and all of Twisted, into every command: a third of its start.
    """

    default = False
    name = "daphne"


class SiteAdminConfig(admin_apps.AdminConfig):
    """Django's admin, with each collection under its own app's heading."""

    default = False
    default_site = "collections_app.admin_site.CapsuleAdminSite"
