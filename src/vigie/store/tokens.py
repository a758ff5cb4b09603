"""Raw names and the tokens that stand for them: keyed hashes, the same for the same name.

A token is HMAC-SHA-256 (https://www.rfc-editor.org/rfc/rfc2104) under a key of the project, kind and
platform, truncated to its leftmost 80 bits as NIST SP 800-107 rev. 1, section 5.3.3, allows
(https://doi.org/10.6028/NIST.SP.800-107r1), in lower-case base32 (https://www.rfc-editor.org/rfc/rfc4648): 16
characters. Among ten million names two share a token with a chance of 1 in 24 thousand million; without the
key nobody can tell whether a guessed name is behind a token.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.trust import derive

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from numpy.typing import NDArray

Kind = Literal["account", "post", "address", "email"]
IDENTITIES = pa.schema(
    [
        pa.field("kind", pa.string()),
        pa.field("pseudonym", pa.string()),
        pa.field("raw", pa.string()),
    ]
)
TOKEN_LENGTH = 16
TOKEN_BYTES = 10
NAMES_PER_LOOK = 1 << 16  # names that are Python's at one time
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
PAIRS = [one + two for one in LETTERS for two in LETTERS]
LETTER_PAIRS = np.frombuffer("".join(PAIRS).encode(), np.uint16)  # two letters, as they lie in memory
BLOCK = 64  # bytes of a block of SHA-256
SIGNS = "@\uff20"  # plain and full-width
ALIASES = {
    "twitter": "x", "fb": "facebook", "ig": "instagram", "insta": "instagram", "tg": "telegram",
    "yt": "youtube", "weixin": "wechat", "bsky": "bluesky",
}  # fmt: skip
# Where two names that differ in case are two accounts.
CASE_MATTERS = frozenset({"wechat", "line"})
YOUTUBE_ID_START, YOUTUBE_ID_LENGTH = "UC", 24  # https://developers.google.com/youtube/v3/docs/channels


@dataclass(frozen=True, kw_only=True)
class ProjectKey:
    """The keys of one project: without them its tokens stand for nobody.

    Args:
        hashing: makes tokens.
        sealing: opens what the vault holds of this project.
        id: names the key without telling it: 16 hexadecimal digits.
    """

    hashing: bytes = field(repr=False)
    sealing: bytes = field(repr=False)
    id: str

    @classmethod
    def derive(cls, master: bytes, salt: bytes) -> ProjectKey:
        """Return the keys that follow from the node's `master` key and the project's `salt`.

        Args:
            master: the node's secret, at least 32 bytes of chance.
            salt: the project's own, not secret: its id, say.

        Raises:
            ValueError: the master key is shorter.
        """
        return cls(
            hashing=derive(master, "vigie pseudonyms 1", salt=salt),
            sealing=derive(master, "vigie vault 1", salt=salt),
            id=derive(master, "vigie key id 1", salt=salt)[:8].hex(),
        )


@lru_cache(maxsize=1 << 10)
def platform_name(raw: str | None) -> str:
    """Return one name for each platform: lower case, aliases joined, empty where unknown."""
    name = (raw or "").strip().casefold()
    return ALIASES.get(name, name)


def account_form(raw: str, platform: str) -> str:
    """Return the one form of an account's name: no sign, no platform, one case where case says nothing.

    Args:
        raw: as the platform or a file writes it: `@Bob`, `x:bob`.
        platform: as `platform_name` gives it.
    """
    text = raw if raw.isascii() else unicodedata.normalize("NFKC", raw)
    text = _without_platform(text.strip(), platform).lstrip(SIGNS) or raw
    is_youtube_id = len(text) == YOUTUBE_ID_LENGTH and text.startswith(YOUTUBE_ID_START)
    return text if is_youtube_id or platform in CASE_MATTERS else text.casefold()


def _without_platform(text: str, platform: str) -> str:
    """Return an id without the platform before it; every other colon belongs to the id."""
    before, colon, rest = text.partition(":")
    return rest if colon and rest and platform and platform_name(before) == platform else text


# How each kind of name is brought into one form before it is hashed; case means something in posts' ids.
FORMS: Mapping[Kind, Callable[[str, str], str]] = {
    "account": account_form,
    "post": _without_platform,
    "address": lambda raw, _platform: raw,
    "email": lambda raw, _platform: raw.casefold(),
}


def forms_of(kind: Kind, platform: str, raws: Sequence[str]) -> list[str]:
    """Return the one form of each raw name; posts' ids, mostly `platform:id`, without a look closer."""
    form, prefix = FORMS[kind], f"{platform}:"
    if kind != "post" or ":" in platform or not platform or platform_name(platform) != platform:
        return [form(raw, platform) for raw in raws]
    start = len(prefix)
    return [
        raw[start:] if raw.startswith(prefix) and len(raw) > start else form(raw, platform) for raw in raws
    ]


class Tokens:
    """The tokens of one batch, and the raw names behind them.

    Args:
        key: the project's.
        public: raw names of accounts that stay in clear, `name` or `platform:name`.
    """

    def __init__(self, key: ProjectKey, public: Collection[str] = ()) -> None:
        self._key = key.hashing
        self._public = frozenset(name.strip().lstrip(SIGNS).casefold() for name in public)
        # A name without its platform: most of a file's names are quickly none of these.
        self._bare = self._public | {name.partition(":")[2] for name in self._public}
        self.clear: set[str] = set()  # public actors that were met in columns
        self._domains: dict[tuple[Kind, str], _Domain] = {}
        self._single: dict[tuple[Kind, str, str], str] = {}
        self._many: list[pa.Table] = []
        self.addresses: dict[str, str] = {}  # what became of each address, so that each is looked at once

    def shown(self, kind: Kind, platform: str, raw: str) -> str:
        """Return what stands in a text or an address instead of one raw name: its token.

        A public actor's name stays as it is written.

        Args:
            kind: what the name names.
            platform: where, as `platform_name` gives it.
            raw: the name.
        """
        asked = (kind, platform, raw)
        token = self._single.get(asked)
        if token is None:
            form = FORMS[kind](raw, platform)
            if kind == "account" and self._is_public(form, platform):
                return raw
            (digest,) = self._domain(kind, platform).digests([form])
            token = text_of(digest)
            self._single[asked] = token
        return token

    def column(self, kind: Kind, platform: str, raws: pa.StringArray) -> pa.StringArray:
        """Return the tokens of distinct raw names of one platform; public actors in their one form."""
        slices = [raws.slice(start, NAMES_PER_LOOK) for start in range(0, len(raws), NAMES_PER_LOOK)]
        return pa.concat_arrays(
            [pa.array([], pa.string()), *(self._tokens_of(kind, platform, some) for some in slices)]
        )

    def identities(self) -> pa.Table:
        """Return what stands behind all tokens so far: distinct kind, pseudonym and raw name."""
        many = pa.concat_tables([IDENTITIES.empty_table(), *self._many])
        single = {(kind, token, raw) for (kind, _platform, raw), token in self._single.items()}
        raws = pa.array([raw for _kind, _token, raw in single], pa.string())
        again = many.filter(pc.is_in(many.column("raw"), raws)).to_pylist()
        single.difference_update(tuple(row.values()) for row in again)
        rows = [dict(zip(IDENTITIES.names, row, strict=True)) for row in sorted(single)]
        return pa.concat_tables([many, pa.Table.from_pylist(rows, schema=IDENTITIES)])

    def _tokens_of(self, kind: Kind, platform: str, raws: pa.StringArray) -> pa.StringArray:
        forms = forms_of(kind, platform, raws.to_pylist())
        tokens = texts_of(self._domain(kind, platform).digests(forms))
        if kind == "account" and self._public:
            clear = pa.array([self._is_public(text, platform) for text in forms], pa.bool_())
            self.clear.update(pa.array(forms, pa.string()).filter(clear).to_pylist())
            self._remember(kind, tokens.filter(pc.invert(clear)), raws.filter(pc.invert(clear)))
            return pc.if_else(clear, pa.array(forms, pa.string()), tokens)
        self._remember(kind, tokens, raws)
        return tokens

    def _is_public(self, form: str, platform: str) -> bool:
        plain = form.casefold()
        if plain not in self._bare:
            return False
        return plain in self._public or f"{platform}:{plain}" in self._public

    def _remember(self, kind: Kind, tokens: pa.StringArray, raws: pa.StringArray) -> None:
        kinds = pa.repeat(pa.scalar(kind), len(raws))
        self._many.append(pa.table([kinds, tokens, raws], schema=IDENTITIES))

    def _domain(self, kind: Kind, platform: str) -> _Domain:
        domain = self._domains.get((kind, platform))
        if domain is None:
            words = f"{kind}\0{platform}".encode()
            domain = self._domains[kind, platform] = _Domain(hmac.digest(self._key, words, "sha256"))
        return domain


class _Domain:
    """HMAC-SHA-256 under one key, whose two states are prepared once (RFC 2104, section 4)."""

    def __init__(self, key: bytes) -> None:
        padded = key.ljust(BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def digests(self, texts: Sequence[str]) -> list[bytes]:
        """Return the digest of each text; the loop has nothing in it that is not needed."""
        begin, end, found = self._inner.copy, self._outer.copy, []
        for text in texts:
            inner = begin()
            inner.update(text.encode())
            outer = end()
            outer.update(inner.digest())
            found.append(outer.digest())
        return found


def text_of(digest: bytes) -> str:
    """Return the token of one digest."""
    whole = int.from_bytes(digest[:TOKEN_BYTES])
    return "".join([PAIRS[whole >> shift & 1023] for shift in range(70, -1, -10)])


def texts_of(digests: Sequence[bytes]) -> pa.StringArray:
    """Return the tokens of digests of ten bytes or more, all of one length."""
    if not digests:
        return pa.array([], pa.string())
    heads = np.frombuffer(b"".join(digests), np.uint8).reshape(len(digests), -1)[:, :TOKEN_BYTES]
    letters = np.hstack([_letters(heads[:, :5]), _letters(heads[:, 5:])])
    ends = np.arange(len(letters) + 1, dtype=np.int32) * TOKEN_LENGTH
    return pa.StringArray.from_buffers(len(letters), pa.py_buffer(ends), pa.py_buffer(letters))


def _letters(five: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Return five bytes of each row as eight letters of base32, two in a number."""
    padded = np.zeros((len(five), 8), np.uint8)
    padded[:, 3:] = five
    whole = padded.view(">u8").astype(np.int64)
    return np.asarray(LETTER_PAIRS[(whole >> np.arange(30, -1, -10)) & 1023])
