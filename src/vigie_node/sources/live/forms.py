"""The form of a live source: what people may say of it, field by field."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from vigie.terms.languages import say
from vigie_node.people.forms import PageForm
from vigie_node.sources.actions.live import SOURCE_NAME_MAX
from vigie_node.sources.live.jetstream import ADDRESS
from vigie_node.sources.models import Source
from vigie_node.web.words import words_here

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vigie_node.sources.models import Declaration

KINDS = {
    Source.Kind.JETSTREAM: say("Bluesky (Jetstream)"),
    Source.Kind.MASTODON: say("Mastodon server"),
    Source.Kind.FEED: say("RSS or Atom feed"),
    Source.Kind.SITEMAP: say("Sitemap of a website"),
}
STREAMS = {
    "public": say("all public posts"),
    "local": say("public posts of this server alone"),
    "remote": say("public posts of other servers"),
    "hashtag": say("public posts with a hashtag"),
}
SCHEMES = {
    Source.Kind.JETSTREAM: ("wss", "ws"),
    Source.Kind.MASTODON: ("https", "http"),
    Source.Kind.FEED: ("https", "http"),
    Source.Kind.SITEMAP: ("https", "http"),
}
ADDRESS_MAX, ACCOUNTS_MAX, TOKEN_MAX = 2_000, 100, 500
MINUTES_MIN, MINUTES_MAX, MINUTES = 5, 24 * 60, 15
SHOWN_MAX = 90
DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,200}")  # https://www.w3.org/TR/did-core/#did-syntax
TAG = re.compile(r"\w{1,100}")

ASK_ADDRESS = say("Give the address in full, beginning with {scheme}://, without a name or password in it.")
ASK_DID = say("“{line}” is no account identifier (DID): it begins with did:.")
TOO_MANY = say("At most {number} accounts.")
ASK_TAG = say("Give one hashtag, letters and figures, without #.")
ASK_MINUTES = say("Give a whole number of minutes from {least} to {most}.")
ASK_TOKEN = say("The token holds a character that cannot be sent.")


class SourceForm(PageForm):
    """A live source, and the declaration under which it is read."""

    name = forms.CharField(label=say("Name"), max_length=SOURCE_NAME_MAX)
    declaration = forms.ChoiceField(
        label=say("Declaration"),
        help_text=say("In force, with live collection as its method. When it ends, reading stops."),
    )
    kind = forms.ChoiceField(label=say("Kind"))
    address = forms.CharField(
        label=say("Address"),
        help_text=say("Of the stream, the server, the feed or the sitemap. Empty for Bluesky: its own."),
        max_length=ADDRESS_MAX,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "url", "spellcheck": "false", "autocapitalize": "none"}),
    )
    minutes = forms.IntegerField(
        label=say("Minutes between two visits"),
        help_text=say("For feeds and sitemaps; streams are read all the time."),
        initial=MINUTES,
        required=False,
    )
    accounts = forms.CharField(
        label=say("Accounts on Bluesky"),
        help_text=say("Only these, one identifier (DID) on each line; kept sealed. Empty: all posts."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "none"}),
    )
    stream = forms.ChoiceField(label=say("Stream of the Mastodon server"), required=False)
    tag = forms.CharField(label=say("Hashtag"), required=False)
    streaming = forms.CharField(
        label=say("Address of its streams"),
        help_text=say("Only where the server has another for them, such as https://streaming.server."),
        max_length=ADDRESS_MAX,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "url", "spellcheck": "false", "autocapitalize": "none"}),
    )
    token = forms.CharField(
        label=say("Access token of the Mastodon server"),
        help_text=say("Most servers ask for one, with the right to read; kept sealed, never shown."),
        max_length=TOKEN_MAX,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, declarations: Iterable[Declaration], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = words_here()
        choices = {
            "declaration": [(str(one.pk), _short(one.purpose)) for one in declarations],
            "kind": [(kind.value, words(said)) for kind, said in KINDS.items()],
            "stream": [(name, words(said)) for name, said in STREAMS.items()],
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]  # a choice field has choices
        minutes = words(ASK_MINUTES, least=MINUTES_MIN, most=MINUTES_MAX)
        self.fields["minutes"].error_messages["invalid"] = minutes

    def clean_accounts(self) -> list[str]:
        """Return the identifiers, one a line."""
        lines = [line for line in map(str.strip, self.cleaned_data["accounts"].splitlines()) if line]
        words = words_here()
        if len(lines) > ACCOUNTS_MAX:
            raise ValidationError(words(TOO_MANY, number=ACCOUNTS_MAX))
        for line in lines:
            if not DID.fullmatch(line):
                raise ValidationError(words(ASK_DID, line=line[:SHOWN_MAX]))
        return lines

    def clean_minutes(self) -> int:
        """Return how often to come back."""
        minutes = self.cleaned_data["minutes"]
        if minutes is not None and not MINUTES_MIN <= minutes <= MINUTES_MAX:
            raise ValidationError(words_here()(ASK_MINUTES, least=MINUTES_MIN, most=MINUTES_MAX))
        return minutes or MINUTES

    def clean_token(self) -> str:
        """Refuse what no header can hold."""
        token: str = self.cleaned_data["token"].strip()
        if not (token.isascii() and token.isprintable()) or " " in token:
            raise ValidationError(words_here()(ASK_TOKEN))
        return token

    def clean(self) -> None:
        """Judge the address by the kind, and the hashtag by the stream."""
        kind, words = self.cleaned_data.get("kind"), words_here()
        if not kind:
            return
        address = self.cleaned_data.get("address", "").strip()
        if not address and kind == Source.Kind.JETSTREAM:
            address = ADDRESS
        if not is_address(address, SCHEMES[kind]):
            self.add_error("address", words(ASK_ADDRESS, scheme=SCHEMES[kind][0]))
        self.cleaned_data["address"] = address
        streaming = self.cleaned_data.get("streaming", "").strip()
        if kind == Source.Kind.MASTODON and streaming and not is_address(streaming, SCHEMES[kind]):
            self.add_error("streaming", words(ASK_ADDRESS, scheme=SCHEMES[kind][0]))
        self.cleaned_data["streaming"] = streaming
        tag = self.cleaned_data.get("tag", "").strip().removeprefix("#")
        wants_tag = kind == Source.Kind.MASTODON and self.cleaned_data.get("stream") == "hashtag"
        if wants_tag and not TAG.fullmatch(tag):
            self.add_error("tag", words(ASK_TAG))
        self.cleaned_data["tag"] = tag

    @property
    def chosen(self) -> UUID:
        """The declaration that was chosen."""
        return UUID(self.cleaned_data["declaration"])

    def said(self) -> dict[str, Any]:
        """Return the source as `begin_source` takes it: only what its kind knows."""
        kind, data = self.cleaned_data["kind"], self.cleaned_data
        options, secrets = dict[str, Any](), dict[str, Any]()
        if kind == Source.Kind.JETSTREAM:
            secrets = {"accounts": data["accounts"]} if data["accounts"] else {}
            options = {"accounts": len(data["accounts"])}
        elif kind == Source.Kind.MASTODON:
            secrets = {"token": data["token"]} if data["token"] else {}
            options = {"stream": data["stream"] or "public", "tag": data["tag"]}
            options |= {"streaming": data["streaming"]} if data["streaming"] else {}
        else:
            options = {"every_s": 60 * data["minutes"]}
        return {
            "kind": kind,
            "name": data["name"],
            "address": data["address"],
            "options": options,
            "secrets": secrets,
        }


def is_address(address: str, schemes: tuple[str, ...]) -> bool:
    """Tell whether a text is an address that a source may have; the guard judges where it leads."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in schemes
        and bool(parts.hostname)
        and "@" not in parts.netloc
        and address.isprintable()
        and " " not in address
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_MAX else f"{line[: SHOWN_MAX - 1]}…"
