"""The site's addresses and those of the application that the suites use."""

from __future__ import annotations

from typing import cast

from django.urls import URLPattern, URLResolver, include, path

from capsule_site.urls import handler400, handler403, handler404, handler500
from capsule_site.urls import urlpatterns as site

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

_testapp: URLResolver = path("testapp/", include("tests.testapp.urls"))
urlpatterns: list[URLPattern | URLResolver] = [_testapp, *cast("list[URLResolver]", site)]
