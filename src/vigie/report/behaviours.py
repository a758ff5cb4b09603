"""What each behaviour is called: as a name and as a deed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vigie.terms.languages import say

if TYPE_CHECKING:
    from vigie.report.format import Voice


@dataclass(frozen=True)
class Behaviour:
    """One behaviour in words: two message ids."""

    name: str
    deed: str


SHARE = Behaviour(say("shared posts"), say("passed on the same posts"))
LINK = Behaviour(say("links"), say("posted the same links"))
HASHTAGS = Behaviour(say("hashtag sequences"), say("used the same hashtags in the same order"))
REPLY = Behaviour(say("replies"), say("replied to the same posts"))
QUOTE = Behaviour(say("quotes"), say("quoted the same posts"))
MENTION = Behaviour(say("mentions"), say("mentioned the same accounts"))
TARGET = Behaviour(say("accounts answered"), say("answered the same accounts"))
IMAGE = Behaviour(say("images"), say("posted the same images"))
NEAR_IMAGE = Behaviour(say("similar images"), say("posted images that look alike"))
TEXT = Behaviour(say("texts"), say("posted the same texts"))
NEAR_TEXT = Behaviour(say("near-identical texts"), say("posted nearly the same texts"))
FAMILY = Behaviour(say("copy families"), say("posted copies of the same texts"))
OTHER = Behaviour(say("other behaviour ({behaviour})"), say("acted on the same objects"))
_BY_CODE = {
    "share": SHARE,
    "repost": SHARE,
    "retweet": SHARE,
    "link": LINK,
    "url": LINK,
    "hashtag": HASHTAGS,
    "reply": REPLY,
    "quote": QUOTE,
    "mention": MENTION,
    "image": IMAGE,
    "media": IMAGE,
    "text": TEXT,
    "text_normalised": NEAR_TEXT,
    "copy": NEAR_TEXT,
    "text_of_family": FAMILY,
    "reply_target": TARGET,
    "image_similar": NEAR_IMAGE,
}


def behaviour(code: str) -> Behaviour:
    """Return the words for a behaviour's code, with or without `co-` or a plural `s`; OTHER if unknown."""
    bare = code.lower().removeprefix("co-").removeprefix("co_").removesuffix("s")
    return _BY_CODE.get(bare, OTHER)


def named(code: str, voice: Voice) -> str:
    """Return the name of a behaviour in one language."""
    return voice(behaviour(code).name, behaviour=code)
