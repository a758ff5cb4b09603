"""The forms about watch-lists: a file with what to call its list, a reason to withdraw one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms

from vigie.terms.languages import say
from vigie_node.people.forms import PageForm
from vigie_node.sources.actions.watchlists import (
    PARTY_MAX,
    PUBLISHER_MAX,
    REASON_MAX,
    TERMS_MAX,
    TITLE_MAX,
    About,
)
from vigie_node.web import formats
from vigie_node.web.words import page_language, words_here

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vigie_node.sources.models import WatchList

BYTES_MAX = 64_000_000
NEW = "new"
FILE_HINT = say(
    "A STIX 2.1 bundle, or a table (CSV, XLSX, NDJSON, Parquet) with a column named indicator, domain, url "
    "or account. At most {size}."
)


PARTY_HINT = say(
    "Only where it lists the accounts and sites of a party, so that alerts are counted alike for all. "
    "Nothing is found or judged otherwise for it."
)


class WatchListForm(PageForm):
    """A file, and the list that it is, or is a newer state of."""

    file = forms.FileField(
        label=say("File"),
        allow_empty_file=True,  # the engine says better what is wrong with it
        max_length=4_096,
    )
    watchlist = forms.ChoiceField(label=say("Watch-list"))
    title = forms.CharField(
        label=say("Title of a new list"),
        help_text=say("What it lists and of whom, such as: Domains of the operation “Doppelgänger”."),
        max_length=TITLE_MAX,
        required=False,
    )
    publisher = forms.CharField(
        label=say("Publisher"),
        help_text=say("Who made it and answers for it: a service, a platform, a research group."),
        max_length=PUBLISHER_MAX,
        required=False,
    )
    terms = forms.CharField(
        label=say("Licence or terms"),
        help_text=say("What its publisher allows, in their words; markings inside the file are read anyway."),
        max_length=TERMS_MAX,
        required=False,
    )

    party = forms.CharField(
        label=say("Party of a new list"), help_text=PARTY_HINT, max_length=PARTY_MAX, required=False
    )

    def __init__(self, *args: Any, lists: Iterable[WatchList], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = words_here()
        choices = [(NEW, words(say("A new list")))]
        choices += [(str(one.pk), words(say("A newer state of “{title}”"), title=one.title)) for one in lists]
        self.fields["watchlist"].choices = choices  # type: ignore[attr-defined]  # a choice field has choices
        size = formats.size(BYTES_MAX, page_language())
        self.fields["file"].help_text = words(FILE_HINT, size=size)

    @property
    def chosen(self) -> UUID | None:
        """The list of which the file is a newer state; None for a new one."""
        value = self.cleaned_data["watchlist"]
        return None if value == NEW else UUID(value)

    @property
    def about(self) -> About:
        """What was said of a new list."""
        return About(**{name: self.cleaned_data[name] for name in ("title", "publisher", "terms", "party")})


class PartyForm(PageForm):
    """Whose accounts and sites a list holds."""

    party = forms.CharField(label=say("Party"), help_text=PARTY_HINT, max_length=PARTY_MAX, required=False)


class WithdrawForm(PageForm):
    """Why a list is withdrawn."""

    reason = forms.CharField(
        label=say("Reason"),
        help_text=say("It is kept with the list’s facts."),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
