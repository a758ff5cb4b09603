"""The forms about public actors, identities, keys and people's requests."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError

from vigie.terms.errors import VigieError, tell
from vigie.terms.languages import say
from vigie_node.people.forms import PageForm
from vigie_node.sources.actions.common import DAY_MS
from vigie_node.sources.actions.person_requests import DAYS_DUE, DAYS_KEPT_MAX, OUTCOMES, Outcome
from vigie_node.sources.actions.public_actors import LENGTHS_MAX, Line
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.files.uploadedfile import UploadedFile

    from vigie_node.sources.models import PersonRequest, PublicActor

TEXT_MAX = 2_000
COLUMNS = ("platform", "account", "name", "office", "from", "until", "source")
LINES_MAX = 5_000
YEARS = (1900, 2200)
DAY_MEANS_NOTHING = say("Give a day as year, month and day: 2026-01-31.")
NOT_A_TABLE = say("This is no table in UTF-8 with the columns {columns}.")
TOO_MANY_LINES = say("A table may have {number} lines at most.")
LINE_IS_WRONG = say("Line {number}: {reason}")


def start_of(day: date) -> int:
    """Return the first moment of a day, UTC milliseconds."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def day_of(at_ms: int) -> date:
    """Return the day of a moment, in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, tz=UTC).date()


def last_day_of(actor: PublicActor) -> date | None:
    """Return the last day in office, None while it lasts."""
    return None if actor.until_ms is None else day_of(actor.until_ms - DAY_MS)


def _day(label: Any, *, hint: Any = "", required: bool = True) -> forms.DateField:
    return forms.DateField(
        label=label,
        help_text=hint,
        required=required,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )


def _reason(*, hint: Any = "", required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=say("Reason"),
        help_text=hint,
        max_length=TEXT_MAX,
        required=required,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _plain(label: Any, name: str, *, hint: Any = "") -> forms.CharField:
    kind = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
    return forms.CharField(
        label=label, help_text=hint, max_length=LENGTHS_MAX[name], widget=forms.TextInput(attrs=kind)
    )


class DaysForm(PageForm):
    """A form with days."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.DateField):
                field.error_messages["invalid"] = words_here()(DAY_MEANS_NOTHING)

    def clean(self) -> dict[str, Any]:
        """Refuse years that are slips of the pen."""
        data = super().clean() or {}
        for name, value in list(data.items()):
            if isinstance(value, date) and not YEARS[0] <= value.year <= YEARS[1]:
                self.add_error(name, words_here()(DAY_MEANS_NOTHING))
        return data


class ActorForm(DaysForm):
    """An account, who holds it, in which office, from when until when, and where that can be checked."""

    platform = _plain(say("Platform"), "platform", hint=say("As your files call it: x, bluesky, youtube."))
    account = _plain(
        say("Account"), "account", hint=say("The name with which it posts, or its native id; without @.")
    )
    name = forms.CharField(label=say("Who holds it"), max_length=LENGTHS_MAX["name"])
    office = forms.CharField(label=say("Office"), max_length=LENGTHS_MAX["office"])
    from_day = _day(say("First day in office"), hint=say("Days are counted in UTC."))
    until_day = _day(say("Last day in office"), hint=say("Empty while it lasts."), required=False)
    source = _plain(say("Source"), "source", hint=say("Where office and dates can be checked."))

    @property
    def line(self) -> Line:
        """What was sent, as the list keeps it."""
        data = dict(self.cleaned_data)
        first, last = data.pop("from_day"), data.pop("until_day")
        return Line(
            **data, from_ms=start_of(first), until_ms=None if last is None else start_of(last) + DAY_MS
        )

    @staticmethod
    def of(actor: PublicActor) -> dict[str, object]:
        """Return what a form shows of a line that is there."""
        said: dict[str, object] = {name: getattr(actor, name) for name in LENGTHS_MAX}
        return said | {"from_day": day_of(actor.from_ms), "until_day": last_day_of(actor)}


class ActorsFileForm(PageForm):
    """A table of public actors."""

    file = forms.FileField(label=say("File"), max_length=255)

    def clean_file(self) -> list[Line]:
        """Return the lines of the table."""
        words = words_here()
        lines = list(_lines(self.cleaned_data["file"]))
        if len(lines) > LINES_MAX:
            raise ValidationError(words(TOO_MANY_LINES, number=LINES_MAX))
        return lines


def _lines(file: UploadedFile[Any]) -> Iterator[Line]:
    words = words_here()
    try:
        table = csv.DictReader(io.StringIO(file.read().decode("utf-8-sig"), newline=""), strict=True)
        rows = [(table.line_num, row) for row in table]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValidationError(words(NOT_A_TABLE, columns=", ".join(COLUMNS))) from error
    if not set(COLUMNS) <= set(table.fieldnames or ()):
        raise ValidationError(words(NOT_A_TABLE, columns=", ".join(COLUMNS)))
    for number, row in rows:
        plain = {name: (row[name] or "").strip().removeprefix("'") for name in COLUMNS}
        form = ActorForm({**plain, "from_day": plain["from"], "until_day": plain["until"]})
        if not form.is_valid():
            reason = next(iter(form.errors.values()))[0]
            raise ValidationError(words(LINE_IS_WRONG, number=number, reason=reason))
        yield form.line


class UnmaskForm(PageForm):
    """Why somebody must know who stands behind a pseudonym."""

    reason = _reason(hint=say("Why the work cannot go on without it. The person who approves reads it."))


class DecideForm(PageForm):
    """Whether to approve, and why not."""

    reason = _reason(hint=say("Needed to refuse."), required=False)


class DestroyForm(PageForm):
    """Why a key is to be destroyed; the project's name, typed."""

    reason = _reason()
    typed = forms.CharField(
        label=say("Name of the project"),
        help_text=say("Type it letter for letter."),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class AgreeForm(PageForm):
    """The project's name, typed."""

    typed = forms.CharField(
        label=say("Name of the project"),
        help_text=say("Type it letter for letter: nothing brings the key back."),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class RequestForm(DaysForm):
    """What somebody asks about their account."""

    handle = _plain(say("Account"), "account", hint=say("As the person gives it."))
    platform = forms.CharField(
        label=say("Platform"),
        help_text=say("As your files call it: x, bluesky, youtube."),
        max_length=LENGTHS_MAX["platform"],
        required=False,
    )
    contact = forms.CharField(
        label=say("Contact reference"),
        help_text=say("How the answer finds its way: a file number rather than an address."),
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    keep_until = _day(say("Account and contact are kept until"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["keep_until"].initial = today + timedelta(days=2 * DAYS_DUE)
        self.fields["keep_until"].help_text = words_here()(
            say("They go when the request is closed, and on this day at the latest; {days} days at most."),
            days=DAYS_KEPT_MAX,
        )


class CloseForm(PageForm):
    """How a request ended."""

    outcome = forms.ChoiceField(label=say("Outcome"), widget=forms.RadioSelect)
    note = forms.CharField(
        label=say("Note"),
        help_text=say("Needed to refuse. Write neither the account nor the contact: this stays."),
        max_length=TEXT_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, asked: PersonRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words, field = words_here(), self.fields["outcome"]
        left_out = {Outcome.LAPSED} | (set() if asked.is_erased else {Outcome.ERASED})
        if isinstance(field, forms.ChoiceField):
            field.choices = [
                (str(outcome), words(said)) for outcome, said in OUTCOMES.items() if outcome not in left_out
            ]


def say_error(error: VigieError) -> str:
    """Return an error of ours as a message says it."""
    return tell(error, words_here())
