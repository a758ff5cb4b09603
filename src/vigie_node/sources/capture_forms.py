"""The forms of captures by hand: a post, its counters at a moment, files, and why an original is opened."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms import formset_factory

from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.people.forms import PageForm
from vigie_node.sources.actions.captures import Count
from vigie_node.web import formats
from vigie_node.web.words import page_language, words_here

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.http import QueryDict

    from vigie_node.sources.models import Declaration

NAME_MAX, ADDRESS_MAX, TEXT_MAX, NOTE_MAX = 200, 2_000, 100_000, 4_000
COUNT_MAX = 10**15
ROWS, ROWS_MORE, ROWS_MAX, FILES_MAX = 4, 3, 40, 40
AHEAD_MS = 10 * 60_000  # clocks differ
PLATFORM = re.compile(r"[a-z0-9][a-z0-9.-]{0,31}")
LINK = re.compile(r"https?://[^\s<>\"“”«»]+")
PLATFORMS = {  # as they are written in rows -> as they call themselves
    "wechat": "WeChat", "weibo": "Weibo", "xiaohongshu": "Xiaohongshu", "douyin": "Douyin", "qq": "QQ",
    "line": "LINE", "kakaotalk": "KakaoTalk", "whatsapp": "WhatsApp", "telegram": "Telegram",
    "facebook": "Facebook", "instagram": "Instagram", "tiktok": "TikTok", "threads": "Threads", "x": "X",
    "youtube": "YouTube", "vk": "VK",
}  # fmt: skip
KINDS = {
    "post": say("Post"),
    "comment": say("Comment"),
    "share": say("Share"),
    "article": say("Article"),
    "video": say("Video"),
}
HOWS = {
    "eye": say("By eye, typed from the screen"),
    "screenshot": say("Screenshot or photograph"),
    "browser": say("Saved by the browser"),
}
COUNTERS = {
    "likes": say("Likes"),
    "comments": say("Comments"),
    "shares": say("Shares"),
    "views": say("Views or reads"),
    "favourites": say("Favourites"),
    "recommendations": say("Recommendations (“Wow”, 在看)"),
    "followers": say("Followers of the account"),
    "other": say("Another counter"),
}
NO_PLATFORM = say("Use letters, figures, dots and hyphens, such as wechat.")
NO_MOMENT = say("Give a day and a time, such as 2026-01-31 14:05.")
IN_FUTURE = say("This moment has not come yet.")
NO_COUNT = say("Give a whole number, such as 1204.")
NO_ADDRESS = say("Give an address that begins with http:// or https://, or leave this empty.")
NO_ACCOUNT = say("Give the account’s name or its id: a post is somebody’s.")
NO_POSTED = say("Say when it was posted, or that this is unknown.")
BOTH_POSTED = say("Either a moment, or “unknown”: not both.")
NOTHING_SEEN = say("Paste the text, or hand in at least one file: else there is nothing to keep.")
NOTHING_READ = say("Give at least one counter or one file: else nothing was seen.")
HALF_COUNT = say("Choose which counter this is, and its value.")
TOO_MANY_FILES = say("Hand in at most {most} files at a time.")


class MomentField(forms.CharField):
    """A day and a time in somebody's own zone, as milliseconds in UTC; not in the future where `is_past`."""

    zone = "UTC"

    def __init__(self, *, is_past: bool = True, **kwargs: Any) -> None:
        self.is_past = is_past
        super().__init__(
            max_length=32, widget=forms.TextInput(attrs={"type": "datetime-local", "step": "1"}), **kwargs
        )

    def clean(self, value: Any) -> Any:
        """Return the moment; None where it was left empty."""
        text = super().clean(value)
        if not text:
            return None
        try:
            at = datetime.fromisoformat(text.replace(" ", "T"))
            local = at.replace(tzinfo=ZoneInfo(self.zone)) if at.tzinfo is None else at
            at_ms = int(local.astimezone(UTC).timestamp() * 1000)
        except (ValueError, OverflowError) as error:
            raise ValidationError(words_here()(NO_MOMENT)) from error
        if self.is_past and at_ms > now_ms() + AHEAD_MS:
            raise ValidationError(words_here()(IN_FUTURE))
        return at_ms


class CountField(forms.CharField):
    """A whole number as people write it: 1204, 1,204 or 1 204."""

    def clean(self, value: Any) -> Any:
        """Return the number; None where it was left empty."""
        text = re.sub(r"[\s,’'\u202f\u00a0]", "", super().clean(value))
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,15}", text):
            raise ValidationError(words_here()(NO_COUNT))
        return int(text)


class FilesInput(forms.ClearableFileInput):
    """A choice of several files; on a phone, the camera and the gallery are offered too."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class FilesField(forms.FileField):
    """Several files, each as it is."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the files that were chosen."""
        files = [super(FilesField, self).clean(one, initial) for one in data or []]
        if len(files) > FILES_MAX:
            raise ValidationError(words_here()(TOO_MANY_FILES, most=FILES_MAX))
        return files


class SeenForm(PageForm):
    """What is said of every visit: when, how, files, a note."""

    seen = MomentField(label=say("Seen"), help_text=say("When you looked."))
    how = forms.ChoiceField(label=say("How it was captured"))
    originals = FilesField(
        label=say("Files"),
        required=False,
        allow_empty_file=True,
        widget=FilesInput(attrs={"accept": "image/*,video/*,.html,.htm,.mhtml,.wacz,.warc,.gz,.pdf,.zip"}),
        max_length=4_096,
    )
    note = forms.CharField(
        label=say("Note"),
        help_text=say("Sealed with the originals: it may name people."),
        required=False,
        max_length=NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = words_here()
        size = formats.size(settings.NODE.upload_bytes_max, page_language())
        hint = say(
            "Screenshots, a saved page (HTML, MHTML), WACZ or WARC: at most {size} together. Choose them "
            "last: adding a counter empties this choice."
        )
        self.fields["originals"].help_text = words(hint, size=size)
        self.fields["how"].choices = _said(HOWS)  # type: ignore[attr-defined]  # a choice field has choices
        for field in self.fields.values():
            if isinstance(field, MomentField):
                field.zone = zone

    def visit(self) -> dict[str, Any]:
        """Return what is typed about the visit."""
        return {
            "seen_ms": self.cleaned_data["seen"],
            "how": self.cleaned_data["how"],
            "note": self.cleaned_data["note"],
        }


class CaptureForm(SeenForm):
    """A post of a closed platform."""

    declaration = forms.ChoiceField(label=say("Declaration"), help_text=say("Why this post is collected."))
    platform = forms.CharField(
        label=say("Platform"),
        max_length=32,
        widget=forms.TextInput(
            attrs={
                "list": "platforms",
                "autocapitalize": "none",
                "spellcheck": "false",
                "autocomplete": "off",
            }
        ),
    )
    kind = forms.ChoiceField(label=say("What it is"))
    address = forms.CharField(
        label=say("Address"),
        help_text=say("Of the post, where it has one."),
        required=False,
        max_length=ADDRESS_MAX,
        widget=forms.TextInput(attrs={"type": "url", "autocapitalize": "none", "spellcheck": "false"}),
    )
    native_id = forms.CharField(
        label=say("The post’s id"),
        help_text=say("Where the platform shows one."),
        required=False,
        max_length=NAME_MAX,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    account_name = forms.CharField(label=say("Account name"), required=False, max_length=NAME_MAX)
    account_id = forms.CharField(
        label=say("Account id"),
        help_text=say("Such as a WeChat id (wxid_…, gh_…): two accounts may have one name."),
        required=False,
        max_length=NAME_MAX,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    posted = MomentField(label=say("Posted"), required=False)
    posted_unknown = forms.BooleanField(label=say("When it was posted is unknown"), required=False)
    body = forms.CharField(
        label=say("Text"),
        help_text=say("Pasted or typed. Left empty, it is read from a saved page or a web archive."),
        required=False,
        max_length=TEXT_MAX,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def __init__(self, *args: Any, declarations: Iterable[Declaration], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(one.pk), " ".join(one.purpose.split())[:90]) for one in declarations]
        self.fields["declaration"].choices = choices  # type: ignore[attr-defined]  # a choice field has choices
        self.fields["kind"].choices = _said(KINDS)  # type: ignore[attr-defined]

    def clean_platform(self) -> str:
        """Return the platform's name in one form."""
        name: str = self.cleaned_data["platform"].strip().lower()
        if not PLATFORM.fullmatch(name):
            raise ValidationError(words_here()(NO_PLATFORM))
        return name

    def clean_address(self) -> str:
        """Refuse what is no address of the web (abuse case 26)."""
        address: str = self.cleaned_data["address"].strip()
        if address and not re.match(r"https?://[^/\s]", address):
            raise ValidationError(words_here()(NO_ADDRESS))
        return address

    def clean(self) -> dict[str, Any]:
        """Hold the answers against each other."""
        said, words = self.cleaned_data, words_here()
        if not (said.get("account_name") or said.get("account_id")) and not self.errors.get("account_name"):
            self.add_error("account_name", words(NO_ACCOUNT))
        if "posted" in said and bool(said["posted"]) == bool(said.get("posted_unknown")):
            self.add_error("posted", words(BOTH_POSTED if said["posted"] else NO_POSTED))
        if not said.get("body") and not said.get("originals") and not self.errors.get("originals"):
            self.add_error("body", words(NOTHING_SEEN))
        return said

    @property
    def chosen(self) -> UUID:
        """The declaration that was chosen."""
        return UUID(self.cleaned_data["declaration"])

    def post(self) -> dict[str, Any]:
        """Return what is typed about the post: personal, for the spool and the evidence alone."""
        said = self.cleaned_data
        names = ("platform", "kind", "address", "native_id", "account_name", "account_id", "body")
        links = [link.rstrip(".,;:!?)]}") for link in LINK.findall(said["body"])]
        return {
            **{name: said[name] for name in names},
            "posted_ms": said["posted"],
            "links": list(dict.fromkeys(links)),
        }


class CountForm(PageForm):
    """One reading of one counter."""

    name = forms.ChoiceField(label=say("Counter"), required=False)
    value = CountField(
        label=say("Value"),
        required=False,
        max_length=24,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    at = MomentField(label=say("Read at"), required=False)

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "–"), *_said(COUNTERS)]
        self.fields["name"].choices = choices  # type: ignore[attr-defined]  # a choice field has choices
        self.fields["at"].zone = zone  # type: ignore[attr-defined]  # a moment has a zone

    def clean(self) -> dict[str, Any]:
        """Refuse half a reading."""
        said = self.cleaned_data
        if "value" in said and bool(said.get("name")) != (said["value"] is not None):
            self.add_error("value", words_here()(HALF_COUNT))
        return said


CountForms = formset_factory(CountForm, extra=ROWS, max_num=ROWS_MAX, absolute_max=ROWS_MAX)


def counts_in(counters: Any, seen_ms: int) -> list[Count]:
    """Return the readings that were filled in."""
    filled = (form.cleaned_data for form in counters if form.cleaned_data.get("name"))
    return [Count(name=one["name"], value=one["value"], at_ms=one["at"] or seen_ms) for one in filled]


def counters_of(posted: QueryDict | None, *, zone: str, more: bool = False) -> Any:
    """Return the rows of counters: as they were sent, or sent with some more to fill in, or empty."""
    given = {"zone": zone}
    if posted is not None and not more:
        return CountForms(posted, prefix="count", form_kwargs=given)
    initial = _rows(posted) if posted is not None else []
    counters = CountForms(prefix="count", initial=initial, form_kwargs=given)
    counters.extra = ROWS_MORE if initial else ROWS
    return counters


def _rows(posted: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the rows of counters that were sent and hold something."""
    names = ("name", "value", "at")
    rows = [{name: posted.get(f"count-{number}-{name}", "") for name in names} for number in range(ROWS_MAX)]
    return [row for row in rows if any(row.values())]


def _said(choices: Mapping[str, str]) -> list[tuple[str, str]]:
    words = words_here()
    return [(value, words(said)) for value, said in choices.items()]
