"""What people wrote, with tokens where it names somebody: in mentions, addresses, or its own author."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vigie.store.addresses import OWNED, rewritten
from vigie.store.tokens import SIGNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vigie.store.tokens import Tokens

# A look by Arrow (RE2) that spares most texts the slow way.
SUSPECT = rf"(?i)[@＠]|://|www\.|\.[a-z]{{2,}}/|\.({OWNED})\b"
# Scripts written without spaces: a word of theirs may follow a name or an address directly.
UNSPACED = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uff1f\uff21-\uffef\U00020000-\U0003ffff"
# "a" and "ça" are words of French before they are somebody's name; two signs of Chinese are a whole name.
LONG, SHORT = 3, rf"[{UNSPACED}]{{2}}"
WORD = rf"[^\W{UNSPACED}]"
NAME = rf"{WORD}++(?:[.\-]{WORD}++)*+"
HOST = rf"(?:{WORD}|-)++(?:\.(?:{WORD}|-)++)++"
SCHEME = r"(?<![a-z0-9])[a-z][a-z0-9+]{1,15}+://"
BARE_HOST = rf"(?<![a-z0-9_@.-])(?:(?:[a-z0-9_-]++\.)++[a-z]{{2,}}+/|www\.|[a-z0-9_-]++\.(?=(?:{OWNED})\b))"
IN_ADDRESS = rf"(?:[^\s<>\"`“”«»{UNSPACED}]++|(?<=[/@=])[{UNSPACED}]++)*+"
AFTER_ADDRESS = ".,;:!?)]}'\u2019\u2026*"  # ends a sentence or a bracket, not an address
TEXT = re.compile(
    rf"(?P<address>(?:{SCHEME}|{BARE_HOST}){IN_ADDRESS})"
    rf"|(?P<email>(?<![a-z0-9_.+-])[a-z0-9_.+-]++[{SIGNS}]{HOST})"
    rf"|[{SIGNS}](?P<name>{NAME}(?:[{SIGNS}]{NAME})?|\w+)",
    re.IGNORECASE,
)
SIGN = re.compile(rf"[{SIGNS}/]|\.[^\W\d_]")  # every name and address holds one
DOTLESS = frozenset({"x", "telegram"})  # names there hold no dot and no hyphen: what follows is prose


def tokenised(text: str, tokens: Tokens, *, platform: str, author: str, named: Sequence[str] = ()) -> str:
    """Return `text` with tokens for whom it names.

    Args:
        text: a title or a body.
        tokens: those of the batch.
        platform: the post's, as `tokens.platform_name` gives it.
        author: the raw name of who wrote it, hidden as a whole word; empty where the text does not hold it.
        named: the raw names that the platform says are mentioned: they may hold spaces.
    """
    odd = [name.lstrip(SIGNS) for name in named if not re.fullmatch(NAME, name.lstrip(SIGNS))]
    if any(odd):
        return _with_odd_names(text, odd, tokens, platform=platform, author=author)
    parts, end = [], 0
    for found in _found(text):
        parts += [
            _without_own(text[end : found.start()], tokens, platform, author),
            _token(found, tokens, platform, author, named),
        ]
        end = found.end()
    return "".join([*parts, _without_own(text[end:], tokens, platform, author)])


def _found(text: str) -> Iterator[re.Match[str]]:
    """Yield what names somebody; only between spaces around a sign is it looked for."""
    end = 0
    while sign := SIGN.search(text, end):
        start = max(text.rfind(" ", end, sign.start()) + 1, end)
        space = text.find(" ", sign.end())
        end = len(text) if space < 0 else space
        yield from TEXT.finditer(text, start, end)


def shortest_own(author: str) -> str:
    """Return what every form of an author's own name holds, itself one; empty where none is long enough."""
    if author.isascii() and "@" not in author:  # most ids: no need to look closer
        whole = author.strip().lower()
        bare = whole.rpartition(":")[2]
        return bare if len(bare) >= LONG else whole if len(whole) >= LONG else ""
    return (_own_names(author) or ("",))[-1]


def _own_names(author: str) -> tuple[str, ...]:
    """Return what an author is called in prose, in lower case, the longest first.

    `mastodon:Alice@example.org` is called so, `alice@example.org` and `alice`.
    """
    whole = lower(author.strip().lstrip(SIGNS))
    bare = whole.rpartition(":")[2].lstrip(SIGNS)
    names = dict.fromkeys((whole, bare, bare.partition("@")[0]))  # each is part of the one before
    return tuple(name for name in names if len(name) >= LONG or re.fullmatch(SHORT, name))


def lower(text: str) -> str:
    """Return `text` in lower case, letter for letter, so that places stay."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(map(_lower_letter, text))


def _lower_letter(letter: str) -> str:
    low = letter.lower()
    return low if len(low) == 1 else letter


def _without_own(text: str, tokens: Tokens, platform: str, author: str) -> str:
    """Return `text` with the author's token for the author's own name as a whole word, in any case."""
    for name in _own_names(author) if author and text else ():
        places = _whole_words(lower(text), name)
        token = tokens.shown("account", platform, author) if places else author
        if token == author:  # none there, or a public actor: the name stays as it is written
            continue
        ends = [0, *(place + len(name) for place in places)]
        text = token.join(text[end:place] for end, place in zip(ends, [*places, len(text)], strict=True))
    return text


def _whole_words(text: str, name: str) -> list[int]:
    """Return where `name` stands in `text` as a whole word; scripts without spaces have no such bounds."""
    found, place = [], text.find(name)
    while place >= 0:
        end = place + len(name)
        is_whole = not (_joined(text[place - 1 : place], name[0]) or _joined(text[end : end + 1], name[-1]))
        if is_whole:
            found.append(place)
        place = text.find(name, end if is_whole else place + 1)
    return found


def _joined(beside: str, edge: str) -> bool:
    """Return whether a character beside a name's `edge` makes it part of a longer word."""
    return bool(re.match(WORD, edge)) and (beside.isalnum() or beside == "_")


def _token(found: re.Match[str], tokens: Tokens, platform: str, author: str, named: Sequence[str]) -> str:
    if found["address"] is not None:
        address = found["address"].rstrip(AFTER_ADDRESS)
        return rewritten(address, tokens) + found["address"][len(address) :]
    if found["email"] is not None:
        return tokens.shown("email", "", found["email"])
    name = _name_alone(found["name"], platform, named)
    rest = found["name"][len(name) :]
    after = tokenised(rest, tokens, platform=platform, author=author) if rest else ""
    return found[0][0] + tokens.shown("account", platform, name) + after


def _name_alone(name: str, platform: str, named: Sequence[str]) -> str:
    """Return the part of what follows a sign that is the name: prose may follow without a space."""
    if platform in DOTLESS:
        return re.split(rf"[.\-{SIGNS}]", name, maxsplit=1)[0]
    said = [one.lstrip(SIGNS) for one in named]
    starts = [one for one in said if one and name.casefold().startswith(one.casefold())]
    return name[: len(max(starts, key=len))] if starts else name


def _with_odd_names(text: str, odd: Sequence[str], tokens: Tokens, *, platform: str, author: str) -> str:
    """Return `text` with tokens for names that hold spaces, say, and the rest as usual."""
    pattern = "|".join(re.escape(name) for name in sorted(odd, key=len, reverse=True) if name)
    parts, end = [], 0
    for found in re.finditer(rf"[{SIGNS}]({pattern})", text, re.IGNORECASE):
        parts += [
            tokenised(text[end : found.start()], tokens, platform=platform, author=author),
            found[0][0] + tokens.shown("account", platform, found[1]),
        ]
        end = found.end()
    return "".join([*parts, tokenised(text[end:], tokens, platform=platform, author=author)])
