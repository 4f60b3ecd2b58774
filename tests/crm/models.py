"""Models that know nothing of collections."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models

from accounts.models import Organization


class Plain(models.Model):
    """What the type checker has to be told of a model that the site itself does not install."""

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        abstract = True


class Project(Plain):
    """What an organisation works on."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Label(Plain):
    """A word that an organisation hangs on its contacts."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    word = models.CharField(max_length=30)

    def __str__(self) -> str:
        return self.word


class Kind(models.TextChoices):
    """What a contact is to us."""

    LEAD = "lead", "A lead"
    CUSTOMER = "customer", "A customer"


class Stage(models.IntegerChoices):
    """How far one got."""

    FIRST = 1, "First talk"
    SECOND = 2, "Second talk"


class Contact(Plain):
    """Somebody whom a project knows."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="contacts")
    introduced_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="introduced", editable=False
    )
    name = models.CharField("full name", max_length=80, help_text="First and last.")
    email = models.EmailField(unique=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.LEAD)
    stage = models.IntegerField(choices=Stage, null=True, blank=True)
    seats = models.IntegerField(default=1, validators=[MinValueValidator(1)])
    amount = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    born = models.DateField(null=True, blank=True)
    seen = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    notes = models.TextField(blank=True)
    website = models.URLField(blank=True)
    number = models.IntegerField(null=True, blank=True)
    labels = models.ManyToManyField(Label, blank=True)
    initials = models.CharField(max_length=8, editable=False)
    details = models.JSONField(default=dict, blank=True)
    made = models.DateTimeField(auto_now_add=True)
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="one_number_per_project")]
        indexes = [models.Index(fields=[one]) for one in ("seats", "name", "amount", "kind")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.initials = "".join(word[0] for word in self.name.split())[:8].upper()
        super().save(*args, **kwargs)

    def clean(self) -> None:
        if self.kind == Kind.CUSTOMER and self.amount == Decimal(0):
            raise ValidationError({"amount": "A customer pays something."})


class Reminder(Plain):
    """A person's own note, whose changes it counts itself."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    about = models.CharField(max_length=80)
    done = models.IntegerField(default=0)
    revision = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.about


class Place(Plain):
    """A row with a key of its own, that is everybody's."""

    code = models.CharField(max_length=8, primary_key=True)
    name = models.CharField(max_length=80)

    def __str__(self) -> str:
        return self.name


class Status(models.TextChoices):
    """How a member's matter stands; the words are the values, as a document's are."""

    NEW = "new", "new"
    OPEN = "open", "open"
    CLOSED = "closed", "closed"


class Member(Plain):
    """A row with a column of each plain type: the twin of a document."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    email = models.EmailField(null=True, blank=True)  # noqa: DJ001 - as a document may lack it
    seats = models.IntegerField(null=True, blank=True)
    score = models.FloatField(null=True, blank=True)
    amount = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True)
    born = models.DateField(null=True, blank=True)
    seen = models.DateTimeField(null=True, blank=True)
    chief = models.BooleanField(null=True, blank=True)
    notes = models.TextField(null=True, blank=True)  # noqa: DJ001
    status = models.CharField(max_length=10, choices=Status, default=Status.NEW, db_default=Status.NEW)
    secret = models.CharField(max_length=80, null=True, blank=True)  # noqa: DJ001

    class Meta:
        indexes = [
            models.Index(fields=["organization", "name"]),
            models.Index(fields=["organization", "seats"]),
        ]

    def __str__(self) -> str:
        return self.name
