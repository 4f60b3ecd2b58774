"""Where values are kept: a row for each setting and scope key that somebody has set; and what was before."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

__all__ = ["SettingChange", "SettingRead", "SettingValue"]


class SettingValue(models.Model):
    """What somebody set. A setting without a row is its default.

    ``values`` is the only door to it: a row that is written past it announces nothing.
    """

    name = models.CharField(_("setting"), max_length=64, editable=False)
    scope_key = models.CharField(_("scope"), max_length=128, editable=False)
    value = models.JSONField(_("value"))
    # What it was before the last write; the write that replaces it puts it there, in the same statement. NULL
    # where nothing was set, and of a secret.
    previous = models.JSONField(null=True, editable=False)
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


class SettingChange(models.Model):
    """One change of one value: what it was and became, by whom, when and from where. Only ever added to.

    NULL stands for "not set". Of a secret only that is kept which tells the two apart: ``true`` for a value.
    """

    name = models.CharField(_("setting"), max_length=64, editable=False)
    scope_key = models.CharField(_("scope"), max_length=128, editable=False)
    old = models.JSONField(_("old value"), null=True, editable=False)
    new = models.JSONField(_("new value"), null=True, editable=False)
    secret = models.BooleanField(default=False, editable=False)
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now, editable=False)
    changed_by = models.CharField(_("changed by"), max_length=64, blank=True, editable=False)
    source = models.CharField(_("from"), max_length=16, editable=False)

    class Meta:
        verbose_name = _("change of a setting")
        verbose_name_plural = _("changes of settings")
        ordering = ["-id"]
        indexes = [models.Index(fields=["scope_key", "name", "-id"], name="setting_changes_of_a_value")]

    def __str__(self) -> str:
        return self.name


class SettingRead(models.Model):
    """Somebody has looked, in the admin, at a value that is another's. Only ever added to."""

    at = models.DateTimeField(_("when"), default=timezone.now, editable=False)
    actor_id = models.CharField(max_length=64, editable=False)
    actor_name = models.CharField(_("who"), max_length=254, editable=False)  # as they were called then
    address = models.GenericIPAddressField(_("from"), null=True, editable=False)
    page = models.CharField(_("page"), max_length=200, editable=False)
    name = models.CharField(_("setting"), max_length=64, editable=False)
    scope_key = models.CharField(_("scope"), max_length=128, editable=False)

    class Meta:
        default_permissions = ()
        verbose_name = _("reading of another's setting")
        verbose_name_plural = _("readings of others' settings")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.name}"
