"""The forms of the app: what people may send, field by field, with errors in their language.

A form names every field it takes: nothing else that is sent reaches an action (abuse case 11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from vigie.terms.errors import VigieError, tell
from vigie.terms.languages import Message, say
from vigie_node.people import passwords
from vigie_node.people.actions.recovery import REASON_MAX
from vigie_node.people.actions.tokens import DAYS_MAX
from vigie_node.people.names import name_from, username_from
from vigie_node.people.roles import permission_table
from vigie_node.people.throttle import ThrottledError
from vigie_node.people.zones import zone_groups
from vigie_node.web.words import page_language, words_here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vigie_node.people.models import Person
    from vigie_node.people.roles import Role

ERRORS = {
    "required": say("Fill this in."),
    "invalid": say("This value means nothing here."),
    "invalid_choice": say("Choose one of those offered."),
    "max_length": say("This is too long."),
    "null_characters_not_allowed": say("This holds a character that cannot be used."),
}
FINE, UNFIT, TOO_MANY = 200, 422, 429
SIGN_IN_NAME = say("Name to sign in with")


class PageForm(forms.Form):
    """A form whose labels, hints and errors are said in the page's language."""

    is_throttled = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = words_here()
        for field in self.fields.values():
            if field.label:
                field.label = words(str(field.label))
            if field.help_text:
                field.help_text = words(str(field.help_text))
            field.error_messages |= {code: words(said) for code, said in ERRORS.items()}

    def refuse(self, error: VigieError, field: str | None = None) -> None:
        """Show an error of ours at a field, or above the form."""
        self.is_throttled = isinstance(error, ThrottledError)
        self.add_error(field, tell(error, words_here()))

    @property
    def status(self) -> int:
        """The status of a page that shows this form."""
        if self.is_throttled:
            return TOO_MANY
        return UNFIT if self.errors else FINE


def checked(value: str, check: Callable[[str], str]) -> str:
    """Return what `check` makes of a value; its error becomes the field's."""
    try:
        return check(value)
    except VigieError as error:
        raise ValidationError(tell(error, words_here())) from error


def _password(label: Message, *, hint: Message | str = "", new: bool = False) -> forms.CharField:
    kind = {"autocomplete": "new-password" if new else "current-password"}
    widget = forms.PasswordInput(attrs=kind)
    return forms.CharField(
        label=label, help_text=hint, strip=False, max_length=passwords.TYPED_MAX, widget=widget
    )


def _code(label: Message, *, hint: Message | str = "") -> forms.CharField:
    kind = {"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
    return forms.CharField(label=label, help_text=hint, max_length=64, widget=forms.TextInput(attrs=kind))


class SignInForm(PageForm):
    """A name and a password."""

    username = forms.CharField(
        label=SIGN_IN_NAME,
        max_length=200,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = _password(say("Password"))
    next = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)


class CodeForm(PageForm):
    """A code of the app, or a recovery code."""

    code = _code(say("Code"), hint=say("Six digits from your app, or one of your recovery codes."))


class NewPasswordForm(PageForm):
    """A new password, twice."""

    password = _password(
        say("New password"),
        hint=say("12 to 128 characters. A short sentence works well; spaces and accents are welcome."),
        new=True,
    )
    again = _password(say("New password, again"), new=True)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._person = person

    def clean_password(self) -> str:
        """Say all that speaks against the password."""
        password: str = self.cleaned_data["password"]
        words = words_here()
        found = passwords.problems_with(password, self._person)
        if found:
            number = passwords.NUMBERS
            raise ValidationError(
                [words(passwords.PROBLEMS[code], number=number.get(code, 0)) for code in found]
            )
        return password

    def clean(self) -> dict[str, Any]:
        """Hold the two against each other."""
        data = super().clean() or {}
        if {"password", "again"} <= data.keys() and data["password"] != data["again"]:
            words = words_here()
            self.add_error("again", words("The two passwords differ."))
        return data


class ChangePasswordForm(NewPasswordForm):
    """A new password, by somebody who still knows the present one."""

    current = _password(say("Present password"))
    field_order = ("current", "password", "again")


class EnrolForm(PageForm):
    """What a new app shows."""

    code = _code(say("Code that the app shows"), hint=say("Six digits; they change every 30 seconds."))


class ReplaceForm(EnrolForm):
    """What a new app shows, by somebody who proves who they are."""

    current = _password(say("Present password"))
    current_code = _code(
        say("Code of the present app"), hint=say("Six digits, or one of your recovery codes.")
    )
    field_order = ("code", "current", "current_code")

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not person.has_second_factor:
            del self.fields["current_code"]


class ProofForm(PageForm):
    """The password of somebody who is signed in."""

    current = _password(say("Present password"))


class AnswerForm(PageForm):
    """What a browser answers about a passkey; `web/src/passkeys.ts` writes it."""

    answer = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)
    next = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)


class PasskeyNameForm(PageForm):
    """What a person calls a passkey."""

    name = forms.CharField(
        label=say("Name of the passkey"),
        help_text=say("Where it is kept, such as “telephone” or “key on my ring”."),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_name(self) -> str:
        """Refuse what cannot be seen."""
        return checked(self.cleaned_data["name"], name_from)


class WholeProofForm(PageForm):
    """Password and code of somebody who is signed in."""

    current = _password(say("Present password"))
    current_code = _code(say("Code of your app"), hint=say("Six digits, or one of your recovery codes."))

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not person.has_second_factor:
            del self.fields["current_code"]


class PasskeyForm(PasskeyNameForm, WholeProofForm):
    """A new passkey, by somebody who proves who they are."""

    answer = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)
    field_order = ("name", "current", "current_code", "answer")


class LongSelect(forms.Select):
    """A list of hundreds, written at once: Django renders a template for each option."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """Return the HTML."""
        del renderer
        chosen = str(value or "")
        whole = flatatt({**self.build_attrs(self.attrs, attrs), "name": name})
        return format_html("<select{}>{}</select>", whole, self._options(chosen))

    def _options(self, chosen: str) -> SafeString:
        choices: Any = self.choices  # (value, name), or (group, [(value, name)])
        groups = [(one, rest) if isinstance(rest, list) else ("", [(one, rest)]) for one, rest in choices]
        return format_html_join("", "{}", ((self._group(label, rows, chosen),) for label, rows in groups))

    def _group(self, label: str, rows: list[tuple[str, str]], chosen: str) -> SafeString:
        marks = {True: SafeString(" selected"), False: ""}
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((value, marks[value == chosen], name) for value, name in rows),
        )
        return format_html('<optgroup label="{}">{}</optgroup>', label, options) if label else options


class ProfileForm(PageForm):
    """How a person is called, and what they read in."""

    name = forms.CharField(
        label=say("Name that others read"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(label=say("Language"), choices=[("fr", "Français"), ("en", "English")])
    zone = forms.ChoiceField(
        label=say("Time zone"), help_text=say("Times are shown in it, and in UTC."), widget=LongSelect()
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field, present = self.fields["zone"], str(self.initial.get("zone", ""))
        if isinstance(field, forms.ChoiceField):
            offered = {zone for _, zones in zone_groups() for zone, _ in zones}
            kept = [] if present in offered else [(present, present)]  # an older name of a zone stays
            field.choices = [*kept, *zone_groups()]

    def clean_name(self) -> str:
        """Refuse what cannot be seen."""
        return checked(self.cleaned_data["name"], name_from)


class RolesForm(PageForm):
    """Which roles a person has, among those that may be given."""

    roles = forms.MultipleChoiceField(
        label=say("Roles"), required=False, widget=forms.CheckboxSelectMultiple()
    )

    def __init__(self, *args: Any, given: Iterable[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["roles"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [(role.id, role.names[page_language()]) for role in given]


class InviteForm(RolesForm):
    """Somebody new."""

    username = forms.CharField(
        label=SIGN_IN_NAME,
        help_text=say("Letters without accents, digits, dots, hyphens or underscores, such as “m.tremblay”."),
        max_length=64,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    name = forms.CharField(
        label=say("Name that others read"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    language = forms.ChoiceField(label=say("Language"), choices=[("fr", "Français"), ("en", "English")])
    field_order = ("name", "username", "language", "roles")

    def clean_username(self) -> str:
        """Bring it to its one form."""
        return checked(self.cleaned_data["username"], username_from)

    def clean_name(self) -> str:
        """Refuse what cannot be seen."""
        return checked(self.cleaned_data["name"], name_from)


class RecoverForm(PageForm):
    """Why somebody needs a new way in, and whether the second factor is lost too."""

    reason = forms.CharField(
        label=say("Reason"),
        help_text=say("What happened, and how you know who asks. The other administrator reads it."),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    second_factor = forms.BooleanField(
        label=say("This person also lost the app and the recovery codes"),
        help_text=say("Tick it only when you are sure who asks: the link alone then lets them in."),
        required=False,
    )


class TokenForm(PageForm):
    """A key to the API."""

    name = forms.CharField(
        label=say("What it is for"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    permissions = forms.MultipleChoiceField(
        label=say("What it allows"), widget=forms.CheckboxSelectMultiple()
    )
    days = forms.TypedChoiceField(label=say("How long it works"), coerce=int)
    current = _password(say("Present password"))

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language, words = page_language(), words_here()
        allowed, days = self.fields["permissions"], self.fields["days"]
        if isinstance(allowed, forms.MultipleChoiceField) and isinstance(days, forms.ChoiceField):
            known = permission_table().values()
            allowed.choices = [(one.id, one.names[language]) for one in known if one.id in person.permissions]
            days.choices = [
                (number, words.count("{number} day", "{number} days", number))
                for number in (30, 90, DAYS_MAX)
            ]

    def clean_name(self) -> str:
        """Refuse what cannot be seen."""
        return checked(self.cleaned_data["name"], name_from)
