"""The forms of the app: what people may send, field by field, with errors in their language.

A form names every field it takes: nothing else that is sent reaches an action (abuse case 11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from vigie.terms.languages import say
from vigie_node.people.forms import PageForm
from vigie_node.sources import layouts
from vigie_node.web import formats
from vigie_node.web.words import page_language, words_here

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vigie_node.sources.models import Declaration

MAPPING_MAX = 4_000
SHOWN_MAX = 90  # characters of a purpose in a list to choose from
NEW = "new"
TIME_UNITS = {
    "auto": say("by their size"),
    "s": say("seconds"),
    "ms": say("milliseconds"),
    "us": say("microseconds"),
    "ns": say("nanoseconds"),
}
FILE_HINT = say("At most {size}; larger ones on the node’s machine, with “vigie collect”.")
NO_PAIR = say("“{line}” is not of the form SOURCE=COLUMN.")


class IntakeForm(PageForm):
    """A file, the declaration it comes in under, and how it is to be read."""

    file = forms.FileField(
        label=say("File"),
        allow_empty_file=True,  # the engine says better what is wrong with it
        max_length=4_096,
    )
    declaration = forms.ChoiceField(label=say("Declaration"), help_text=say("Why these posts are collected."))
    layout = forms.ChoiceField(
        label=say("What the file is"),
        help_text=say("Choose only where a file was not recognised, or as something else."),
        required=False,
    )
    mapping = forms.CharField(
        label=say("Columns"),
        help_text=say(
            "Only where they are not recognised: one pair on each line, such as text=body. Needed: author "
            "and created_ms (the moment); useful: post_id, body, share_of, in_reply_to, links, hashtags."
        ),
        max_length=MAPPING_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "none"}),
    )
    encoding = forms.CharField(
        label=say("Encoding"),
        help_text=say("Of text files that are not UTF-8: cp1252, latin-1 …"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
    )
    time_unit = forms.ChoiceField(label=say("Times given as numbers count"), required=False)

    def __init__(
        self, *args: Any, declarations: Iterable[Declaration], may_declare: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        words = words_here()
        choices = [(str(one.pk), _short(one.purpose)) for one in declarations]
        if may_declare:
            choices.append((NEW, words(say("A new declaration, made below"))))
        size = formats.size(settings.NODE.upload_bytes_max, page_language())
        self.fields["file"].help_text = words(FILE_HINT, size=size)
        self.fields["declaration"].choices = choices  # type: ignore[attr-defined]  # a choice field has choices
        self.fields["layout"].choices = layouts.choices(words)  # type: ignore[attr-defined]
        self.fields["time_unit"].choices = [  # type: ignore[attr-defined]
            (unit, words(name)) for unit, name in TIME_UNITS.items()
        ]

    def clean_mapping(self) -> dict[str, str]:
        """Return what was written as column of the file to canonical column."""
        found = {}
        for line in filter(None, map(str.strip, self.cleaned_data["mapping"].splitlines())):
            source, equals, target = (part.strip() for part in line.rpartition("="))
            if not (equals and source and target):
                raise ValidationError(words_here()(NO_PAIR, line=line[:SHOWN_MAX]))
            found[source] = target
        return found

    @property
    def chosen(self) -> UUID | None:
        """The declaration that was chosen; None for a new one."""
        value = self.cleaned_data["declaration"]
        return None if value == NEW else UUID(value)

    @property
    def options(self) -> dict[str, Any]:
        """How the file is to be read, as the intake keeps it."""
        return {
            "mapping": self.cleaned_data["mapping"],
            "encoding": self.cleaned_data["encoding"] or None,
            "time_unit": self.cleaned_data["time_unit"] or "auto",
            "layout": self.cleaned_data["layout"] or None,
        }


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_MAX else f"{line[: SHOWN_MAX - 1]}…"
