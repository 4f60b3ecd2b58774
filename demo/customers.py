"""A customer is signed up in five steps: one depends on what was answered, and a file comes along."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from capsule import PageRequest
from collections_app import Column, Row, collection
from demo.forms import CompanyForm, ContactForm, PapersForm, PlanForm, vat_number
from pages import Answers, page, ui

__all__ = ["customers", "sign_up_customer"]

customers = collection(
    "customers",
    columns=[
        Column("company", required=True), "country", "contact", Column("email", type="email"),
        Column("plan", type="status", options=["trial", "team", "enterprise"]),
        Column("starts", type="date"), Column("vat", label=_("VAT number")),
        Column("contract", type="file", options=["application/pdf"], required=True),
    ],
    scope="owner", sortable=True, filterable=True, editable=True, unique=["email"], icon="handshake",
)  # fmt: skip


def add_customer(answers: Answers) -> Row:
    """Once, in one transaction, however often the button is pressed."""
    return customers.insert_one({**answers})


@page(_("New customer"), icon="user-plus", order=4)
def sign_up_customer(request: PageRequest) -> ui.Page:
    columns = ["company", "contact", "plan", "starts", "contract"]
    wizard = ui.Wizard(
        [CompanyForm, ContactForm, vat_number, PlanForm, PapersForm], on_finish=add_customer,
        submit=_("Sign them up"), finished=_("The customer is signed up"),
    )  # fmt: skip
    return ui.Page([wizard, ui.Table(customers, columns=columns, page_size=5)])
