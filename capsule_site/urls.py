"""The site's table of contents."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from capsule_site.views import csp_report, health
from conversations.views import index as conversations_index
from declared.views import index as declared_index
from handlers.views import index as handlers_index
from settings_app.faces import index as settings_index

applications: list[URLPattern | URLResolver] = []
if not settings.CAPSULE_ALONE:
    applications += [
        # Those of your applications stand here: `manage.py startcapsule` adds its line above this one.
    ]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("collections/", include("collections_app.urls")),
    path("settings/", include("settings_app.urls")),
    path("data/", include("handlers.urls")),
    path("actions/", include("handlers.action_urls")),
    path("conversations/", include("conversations.urls")),
    path("live/", include("live.urls")),
    path("declared/", include("declared.urls")),
    # An include never sees its own address without the slash.
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("settings", settings_index),
    path("data", handlers_index),
    path("conversations", conversations_index),
    path("declared", declared_index),
    path("health", health, name="health"),
    path("csp", csp_report, name="csp_report"),
    # Absent elsewhere, not merely refused: nothing of it is even loaded.
    *([path("_states/", include("pages.gallery.urls"))] if settings.CAPSULE_STATES else []),
    *applications,
    path("", include("accounts.urls")),
    path("", include("pages.urls")),
]

handler400 = "capsule.error_views.bad_request"
handler403 = "capsule.error_views.permission_denied"
handler404 = "capsule.error_views.not_found"
handler500 = "capsule.error_views.server_error"
