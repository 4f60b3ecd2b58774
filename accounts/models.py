"""People, the organisations that own things together, and how one gets in."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.managers import UserManager

__all__ = ["Invitation", "Membership", "Organization", "Role", "Theme", "User"]


class Theme(models.TextChoices):
    AUTO = "auto", _("Follow the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class User(AbstractUser):
    """A person. The e-mail address is the name to sign in with.

    Two numbers follow what the person may do. Both are raised in the database only, never written back by
    ``save()``, so that no two writers can lower them:

    ``auth_version``
        raised by *every* change of access: a password, signing out everywhere, deactivation, and each
        membership that begins, ends or changes its role. Whatever was signed for an older number (a
        subscription, say) is refused.
    ``session_version``
        part of each web session's hash: raising it signs the person out everywhere. Membership changes do
        not raise it, because membership is looked up anew in each request.

    Example: ``User.objects.create_user("ana@example.com", name="Ana")``
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(
        _("email address"), unique=True, error_messages={"unique": _("This address already has an account.")}
    )
    name = models.CharField(_("name"), max_length=150, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    # Once the browser has told it or the person has chosen it, nobody asks the browser again.
    time_zone_known = models.BooleanField(default=False, editable=False)
    language = models.CharField(_("language"), max_length=16, default="en")
    theme = models.CharField(_("theme"), max_length=8, choices=Theme, default=Theme.AUTO)
    auth_version = models.PositiveIntegerField(default=1, editable=False)
    session_version = models.PositiveIntegerField(default=1, editable=False)
    # A demo account has a password that everybody knows: it works on the machine's own address only.
    is_demo = models.BooleanField(_("demo account"), default=False, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    VERSION_FIELDS: ClassVar[frozenset[str]] = frozenset({"auth_version", "session_version"})

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        if update_fields is None and not self._state.adding and not kwargs.get("force_insert"):
            update_fields = [
                field.name
                for field in self._meta.concrete_fields
                if not field.primary_key and field.name not in self.VERSION_FIELDS
            ]
        self.email = type(self).objects.normalize_email(self.email)
        super().save(*args, update_fields=update_fields, **kwargs)

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return (self.name or self.email).split("@")[0].split(" ")[0]

    def get_session_auth_hash(self) -> str:
        """What a web session must carry to stay signed in: Django compares it in every request."""
        return self._session_hash(settings.SECRET_KEY)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._session_hash(secret)

    def _session_hash(self, secret: str) -> str:
        value = f"{self.password}:{self.session_version}"
        return salted_hmac("accounts.User.session", value, secret=secret, algorithm="sha256").hexdigest()


class Role(models.TextChoices):
    """What a person may do in an organisation; listed from the least to the most.

    Example: ``Membership.objects.filter(organization=acme, role=Role.ADMIN)``
    """

    MEMBER = "member", _("Member")
    ADMIN = "admin", _("Admin")

    @property
    def rank(self) -> int:
        """How much it may: 0 is the least. ``Role.ADMIN.rank > Role.MEMBER.rank``."""
        return list(Role).index(self)


class Organization(models.Model):
    """Who owns things together: the owner scope of its members while it is active.

    Example: ``Organization.objects.create(name="Acme", slug="acme")``
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("short name"), max_length=64, unique=True)
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Membership", related_name="organizations"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One person in one organisation, with a role.

    Example: ``Membership.objects.create(organization=acme, user=alice, role=Role.ADMIN)``
    """

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=8, choices=Role, default=Role.MEMBER)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="one_membership_per_person"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.organization} ({self.role})"


class Invitation(models.Model):
    """A link that lets one person join one organisation in one role, once, within 72 hours.

    Only a hash of its token is kept: whoever reads the table cannot use it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="invitations")
    role = models.CharField(_("role"), max_length=8, choices=Role, default=Role.MEMBER)
    email = models.EmailField(_("for this address only"), blank=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(editable=False)
    used_at = models.DateTimeField(null=True, editable=False)
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True, editable=False
    )

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.organization}, {self.role}"

    @property
    def is_open(self) -> bool:
        """Whether it can still be accepted, as far as the invitation itself goes."""
        return self.used_at is None and self.expires_at > timezone.now()
