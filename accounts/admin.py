"""People, organisations with their members, and invitations in Django's admin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import Count, Exists, Model, OuterRef, QuerySet
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.admin_forms import AddUserForm, ChangePasswordForm, ChangeUserForm, MembershipFormSet
from accounts.models import Invitation, Membership, Organization, User
from accounts.versions import access_changed
from live.changes import changes

__all__ = ["InvitationAdmin", "OrganizationAdmin", "UserAdmin"]

ACCESS_FIELDS = frozenset({"is_active", "is_staff", "is_superuser", "groups", "user_permissions"})


def announce(user_ids: Iterable[UUID], *, end_sessions: bool = False) -> None:
    with changes() as change:
        access_changed(change, user_ids, end_sessions=end_sessions)


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    form = ChangeUserForm
    add_form = AddUserForm
    change_password_form = ChangePasswordForm
    ordering = ["email"]
    list_display = ["email", "name", "is_active", "is_staff", "last_login"]
    list_filter = ["is_active", "is_staff", "is_superuser"]
    search_fields = ["email", "name"]
    readonly_fields = ["last_login", "date_joined", "is_demo", "auth_version", "session_version"]
    fieldsets = (
        (None, {"fields": ["email", "password", "name"]}),
        (_("Preferences"), {"fields": ["time_zone", "language", "theme"]}),
        (
            _("Permissions"),
            {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions", "is_demo"]},
        ),
        (_("Access"), {"fields": ["last_login", "date_joined", "auth_version", "session_version"]}),
    )
    add_fieldsets = (
        (
            None,
            {"classes": ["wide"], "fields": ["email", "name", "usable_password", "password1", "password2"]},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people: QuerySet[User] = super().get_queryset(request)
        return people if settings.CAPSULE_DEMO else people.exclude(is_demo=True)

    def view_on_site(self, person: User) -> str:
        return reverse("accounts:account")

    def save_related(
        self, request: HttpRequest, form: ModelForm[Any], formsets: Iterable[Any], change: bool
    ) -> None:
        # Last of what a save does, so that groups and permissions are written before it is announced.
        super().save_related(request, form, formsets, change)
        if change and ACCESS_FIELDS & set(form.changed_data):
            announce([form.instance.pk], end_sessions=not form.instance.is_active)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        announce([obj.pk])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        announce(list(queryset.values_list("pk", flat=True)))
        super().delete_queryset(request, queryset)


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    formset = MembershipFormSet
    extra = 0
    autocomplete_fields = ["user"]
    readonly_fields = ["created_at"]


@admin.register(Organization)
class OrganizationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["name", "slug", "member_count", "created_at"]
    search_fields = ["name", "slug"]
    prepopulated_fields: ClassVar[dict[str, Sequence[str]]] = {"slug": ["name"]}
    inlines = [MembershipInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organization]:
        organizations: QuerySet[Organization] = super().get_queryset(request)
        if not settings.CAPSULE_DEMO:  # without the demo, those in which nobody else is are gone as well
            members = Membership.objects.filter(organization=OuterRef("pk"))
            others = Exists(members.filter(user__is_demo=False))
            organizations = organizations.filter(others | ~Exists(members))
        return organizations.annotate(member_total=Count("memberships"))

    @admin.display(description=_("members"), ordering="member_total")
    def member_count(self, organization: Organization) -> int:
        return int(getattr(organization, "member_total", 0))

    def view_on_site(self, organization: Organization) -> str:
        return reverse("accounts:organization")

    def save_formset(
        self, request: HttpRequest, form: Any, formset: BaseModelFormSet[Any, Any], change: bool
    ) -> None:
        before = set(Membership.objects.filter(organization=form.instance.pk).values_list("user", "role"))
        super().save_formset(request, form, formset, change)
        after = set(Membership.objects.filter(organization=form.instance.pk).values_list("user", "role"))
        announce(user_id for user_id, _role in before ^ after)

    def delete_model(self, request: HttpRequest, obj: Organization) -> None:
        announce(_member_ids([obj]))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Organization]) -> None:
        announce(_member_ids(queryset))
        super().delete_queryset(request, queryset)


def _member_ids(organizations: Iterable[Organization]) -> list[UUID]:
    return list(Membership.objects.filter(organization__in=organizations).values_list("user", flat=True))


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """To look at and to take back; made on the organisation's page, where the link is shown once."""

    list_display = ["organization", "role", "email", "invited_by", "created_at", "expires_at", "used_by"]
    list_filter = ["role"]
    list_select_related = ["organization", "invited_by", "used_by"]
    search_fields = ["organization__name", "email"]

    def view_on_site(self, invitation: Invitation) -> str:
        return reverse("accounts:organization")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
