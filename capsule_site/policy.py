"""The content security policy's header, built once: it is the same for almost every answer.

django-csp builds it for each, and then looks for one that is reported only, which this site does not have.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from csp.constants import HEADER
from csp.middleware import CheckableLazyObject, CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

__all__ = ["PolicyMiddleware"]

REPORTED = "CONTENT_SECURITY_POLICY_REPORT_ONLY"
OWN = "_csp_"  # as django-csp's decorators mark an answer, and its nonce a request


class PolicyMiddleware(CSPMiddleware):
    """django-csp's, which is asked only where a view adds to the policy or a template took a nonce."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        super().__init__(get_response)
        self._built: tuple[Any, str] = None, ""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The answer with its header. A nonce cannot be asked for after it: ``CSPNonceError``."""
        policy = "" if _is_special(request, response) else self._policy()
        if not policy:
            return super().process_response(request, response)
        response[HEADER] = policy
        request.csp_nonce = CheckableLazyObject(self._csp_nonce_post_response)  # type: ignore[attr-defined]
        return response

    def _policy(self) -> str:
        """The one policy of the settings; nothing where they say more."""
        said = settings.CONTENT_SECURITY_POLICY
        if self._built[0] is not said:
            is_all = set(said) == {"DIRECTIVES"} and not hasattr(settings, REPORTED)
            self._built = said, build_policy() if is_all else ""
        return self._built[1]


def _is_special(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether the view or its template want another; Django's own pages of errors (``DEBUG``) have none."""
    return (
        settings.DEBUG
        or HEADER in response
        or any(name.startswith(OWN) for holder in (request, response) for name in vars(holder))
    )
