"""Where values are kept: one row for each setting and scope key that somebody has set."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

__all__ = ["SettingValue"]


class SettingValue(models.Model):
    """What somebody set. A setting without a row is its default.

    ``values`` is the only door to it: a row that is written past it announces nothing.
    """

    name = models.CharField(_("setting"), max_length=64, editable=False)
    scope_key = models.CharField(_("scope"), max_length=128, editable=False)
    value = models.JSONField(_("value"))
    # How often it was set in this scope since it was last reset.
    version = models.PositiveBigIntegerField(_("version"), default=1, editable=False)
    updated_at = models.DateTimeField(_("set at"), default=timezone.now, editable=False)
    # The person's id, without a foreign key: the note outlives the person, and no write waits for their row.
    updated_by = models.CharField(_("set by"), max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("setting")
        verbose_name_plural = _("settings")
        constraints = [
            # The scope stands first: a page reads all values of its scopes at once.
            models.UniqueConstraint(fields=["scope_key", "name"], name="one_value_per_setting_and_scope"),
        ]

    def __str__(self) -> str:
        return self.name
