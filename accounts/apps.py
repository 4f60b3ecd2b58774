from __future__ import annotations

from django.apps import AppConfig, apps
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_delete
from django.utils.translation import gettext_lazy as _

from accounts.sessions import note_sign_in
from live.hub import hub

__all__ = ["AccountsConfig"]


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and organisations")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Its models, and those it needs, can only be imported once the apps are known.
        from accounts.sockets import look_for_ended
        from accounts.versions import session_ended

        user_logged_in.connect(note_sign_in, dispatch_uid="accounts.sessions")
        session = apps.get_model("sessions", "Session")
        post_delete.connect(session_ended, sender=session, dispatch_uid="accounts.session_ended")
        hub.at_start(look_for_ended)
