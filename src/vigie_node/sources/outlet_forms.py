"""The forms of the register of outlets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError

from vigie.terms.languages import say
from vigie_node.people.forms import PageForm
from vigie_node.sources.models import Tier
from vigie_node.sources.outlet_lines import (
    COLUMNS,
    LENGTHS_MAX,
    NOT_A_TABLE,
    TEXT_MAX,
    TOO_LONG,
    about_from,
    decision_from,
)
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from vigie_node.sources.models import Outlet
    from vigie_node.sources.outlet_lines import About, Decision

TIERS = {
    Tier.OFFICIAL: say("Official"),
    Tier.CONTROLLED: say("State-controlled"),
    Tier.LINKED: say("State-linked"),
    Tier.ALIGNED: say("State-aligned"),
    Tier.UNCLASSIFIED: say("Unclassified"),
}
PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


def _text(label: Any, *, hint: Any = "", max_length: int = 200, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=max_length,
        required=required,
        widget=forms.TextInput(attrs=PLAIN),
    )


class AboutForm(PageForm):
    """Who an outlet is, and where it publishes."""

    name = forms.CharField(label=say("Name"), max_length=LENGTHS_MAX["name"])
    identifiers = forms.CharField(
        label=say("Where it publishes"),
        help_text=say(
            "One a line: a domain (exemple.test), or an account or channel with its platform (x:exemple)."
        ),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4, **PLAIN}),
    )
    country = _text(say("Country"), hint=say("Two letters, such as CA; empty where unknown."), max_length=2)
    languages = _text(say("Languages"), hint=say("Two letters each, such as fr, en."))
    posts_a_day = _text(
        say("Posts a day to be expected"),
        hint=say(
            "Where fewer than half of them are collected, nothing is said of what it did not publish. Empty: "
            "what is collected counts as all."
        ),
        max_length=20,
    )

    @property
    def about(self) -> About:
        """What was sent.

        Raises:
            VigieError: it means nothing.
        """
        return about_from(self.cleaned_data)

    @staticmethod
    def of(found: Outlet) -> dict[str, object]:
        """Return what a form shows of an outlet that is there."""
        places = found.identifiers.order_by("-kind", "value").values_list("value", flat=True)
        size = found.posts_a_day
        return {
            "name": found.name,
            "identifiers": "\n".join(places),
            "country": found.country,
            "languages": ", ".join(found.languages),
            "posts_a_day": "" if size is None else f"{size:g}",
        }


class DecisionForm(PageForm):
    """Whose an outlet is, and what that rests on."""

    tier = forms.ChoiceField(label=say("Tier"), initial=Tier.UNCLASSIFIED)
    state = _text(
        say("State"), hint=say("Whose it is: two letters, such as CA; empty where none."), max_length=2
    )
    criterion = forms.CharField(
        label=say("Reason"),
        help_text=say("What makes it of this tier: who owns, pays, names or directs it."),
        max_length=LENGTHS_MAX["criterion"],
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    source_url = _text(
        say("Address of the source"),
        hint=say("Where somebody else can check it. Needed for every tier but “unclassified”."),
        max_length=LENGTHS_MAX["source_url"],
    )
    source_date = _text(say("Day of the source"), hint=say("As 2026-01-31."), max_length=10)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words, tier = words_here(), self.fields["tier"]
        if isinstance(tier, forms.ChoiceField):
            tier.choices = [(str(one), words(said)) for one, said in TIERS.items()]

    @property
    def decision(self) -> Decision:
        """What was sent.

        Raises:
            VigieError: it means nothing.
        """
        return decision_from(self.cleaned_data)


class OutletForm(DecisionForm, AboutForm):
    """A new outlet."""


class OutletsFileForm(PageForm):
    """A table of outlets."""

    file = forms.FileField(label=say("File"), max_length=255)

    def clean_file(self) -> str:
        """Return what the table says."""
        raw = self.cleaned_data["file"].read(TEXT_MAX + 1)
        if len(raw) > TEXT_MAX:
            raise ValidationError(words_here()(TOO_LONG))
        try:
            text: str = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValidationError(words_here()(NOT_A_TABLE, columns=", ".join(COLUMNS))) from error
        return text


class OutletsTextForm(PageForm):
    """The same table, once it was looked at."""

    table = forms.CharField(max_length=TEXT_MAX, strip=False, widget=forms.HiddenInput)
