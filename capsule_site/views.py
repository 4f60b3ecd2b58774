from __future__ import annotations

import logging

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from capsule.http import allow

__all__ = ["csp_report", "health"]

logger = logging.getLogger("capsule.csp")

REPORT_LIMIT = 2000  # characters of a report that the log keeps


def health(request: HttpRequest) -> HttpResponse:
    """Whether this process serves and its database answers; says nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")


@csrf_exempt  # the browser itself sends it, without a page's token
def csp_report(request: HttpRequest) -> HttpResponse:
    """Keeps what a browser refused to load, as one line of the log."""
    refused = allow(request, ["POST"])
    if refused is not None:
        return refused
    # As a literal: whoever writes a report must not write lines of the log.
    logger.warning("Content security policy: %r", request.body[:REPORT_LIMIT])
    return HttpResponse(status=204)
