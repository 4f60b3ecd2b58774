"""``{% load capsule %}`` in anybody's template."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError

from pages import ui
from tests.pages.conftest import MakeRequest
from tests.testapp.declared.handlers import activity
from tests.testapp.declared.pages import Probe


def drawn(source: str, **context: Any) -> str:
    return str(Template("{% load capsule %}" + source).render(Context(context)))


def test_an_icon_and_its_class() -> None:
    assert '<svg class="icon icon-lg"' in drawn('{% icon "inbox" class="icon-lg" %}')
    assert "<svg" in drawn("{% icon name %}", name="mail")


def test_an_unknown_icon_is_the_templates_error() -> None:
    with pytest.raises(TemplateSyntaxError, match="Did you mean 'inbox'"):
        drawn('{% icon "inboxx" %}')


def test_what_is_remembered_stands_twice() -> None:
    html = drawn(
        "{% remember words %}{{ text }}{% endremember %}<i>{{ words }}</i><b>{{ words }}</b>", text="<&>"
    )
    assert html == "<i>&lt;&amp;&gt;</i><b>&lt;&amp;&gt;</b>"


def test_a_widget_brings_its_files_once(make_request: MakeRequest) -> None:
    context = {"request": make_request(), "one": Probe("one"), "two": Probe("two")}
    html = drawn("{% widget one %}{% widget two %}", **context)
    assert html.count("probe.js") == html.count("probe.css") == 1
    assert html.index("probe.css") < html.index("probe one") < html.index("probe two")


def test_a_widget_that_fails_is_framed_there_too(make_request: MakeRequest) -> None:
    assert "Sign in to see this." in drawn(
        "{% widget one %}", request=make_request(), one=Probe("x", "scope")
    )


@pytest.mark.parametrize(
    "drawn_there",
    ["{% widget one %}", '{% metric "Open" value=7 %}', "{% capsule_body %}", "{% page_marks %}"],
)
@pytest.mark.parametrize(
    "around",
    [
        "{% load cache %}{% cache 60 desk %}HERE{% endcache %}",
        "{% load cache %}{% cache 60 desk %}{% include inner %}{% endcache %}",
        "{% keep 'desk' %}{% if one %}HERE{% endif %}{% endkeep %}",
    ],
)
def test_what_is_somebodys_is_kept_for_nobody(
    around: str, drawn_there: str, make_request: MakeRequest
) -> None:
    inner = Template("{% load capsule %}" + drawn_there)
    tag = "keep" if "endkeep" in around else "cache"
    for _again in range(2):  # nor is anything kept of the first time
        with pytest.raises(TemplateSyntaxError, match=f"{{% {tag} %}} around it would show it to everybody"):
            drawn(around.replace("HERE", drawn_there), request=make_request(), one=Probe("one"), inner=inner)
    beside = "{% load cache %}{% cache 60 words %}Words{% endcache %}{% widget one %}"
    assert "Words" in drawn(beside, request=make_request(), one=Probe("one"))


def test_a_metric_of_a_value(make_request: MakeRequest) -> None:
    html = drawn('{% metric "Open" value=7 %}', request=make_request())
    assert "Open" in html and "7" in html


def test_a_mistyped_source_is_said_in_its_frame(make_request: MakeRequest) -> None:
    html = drawn("{% widget one %}", request=make_request(), one=ui.Card("Title", icon="zzzz"))
    assert "No icon is named" in html


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('{% setting "test_show_close" %}', "Did you mean 'test_show_closed'"),
        ("{% setting forgotten %}", "No setting is named ''"),
        ("{% widget forgotten %}", "not '': does the view give it to the template"),
    ],
)
def test_what_the_view_forgot_is_the_templates_error_and_no_404(
    source: str, said: str, make_request: MakeRequest
) -> None:
    with pytest.raises(TemplateSyntaxError, match=re.escape(said)):
        drawn(source, request=make_request())


def test_a_handler_is_given_to_a_tag_by_itself() -> None:
    assert drawn("{{ shown }}", shown=activity).startswith("&lt;data handler")  # not called


class TryForm(forms.Form):
    name = forms.CharField(help_text="As people call you.")
    agree = forms.BooleanField(label="I agree")
    kind = forms.ChoiceField(choices=[("a", "A <b>")])
    pick = forms.ChoiceField(choices=[("a", "One"), ("b", "Two")], widget=forms.RadioSelect)
    secret = forms.CharField(widget=forms.HiddenInput, initial='"><script>')


def fields(form: forms.Form) -> dict[str, str]:
    source = '{% include "capsule/_field.html" with field=field %}'
    return {field.name: drawn(source, field=field) for field in form}


def test_a_field_has_its_label_control_and_help() -> None:
    html = fields(TryForm())["name"]
    assert '<label class="form-label required" for="id_name">Name</label>' in html
    assert 'class="form-control"' in html and 'aria-describedby="id_name_helptext"' in html
    assert 'id="id_name_helptext">As people call you.' in html


def test_a_field_in_error_is_announced_and_keeps_what_was_typed() -> None:
    html = fields(TryForm({"name": "", "kind": "<script>"}))
    assert 'aria-invalid="true"' in html["name"] and "is-invalid" in html["name"]
    assert 'aria-describedby="id_name_helptext id_name_error"' in html["name"]
    assert 'id="id_name_error">This field is required.' in html["name"]
    assert "script" not in html["kind"] and "That choice is not there any more." in html["kind"]


def test_each_kind_of_control_has_its_look() -> None:
    html = fields(TryForm())
    assert 'class="form-select"' in html["kind"] and "A &lt;b&gt;" in html["kind"]
    assert 'class="form-check form-switch"' in html["agree"] and "form-check-input" in html["agree"]
    assert "<fieldset" in html["pick"] and html["pick"].count("<label") == 2 and "<legend" in html["pick"]
    assert html["pick"].count('class="form-check-input"') == 2
    wrong = fields(TryForm({"pick": "c"}))["pick"]
    assert wrong.count('class="form-check-input is-invalid"') == 2
    assert "<label" not in html["secret"] and "<script>" not in html["secret"]
