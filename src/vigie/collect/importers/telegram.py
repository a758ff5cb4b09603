"""Telegram Desktop, "Export chat history" or "Export Telegram data" as JSON: `result.json`.

Source: https://github.com/telegramdesktop/tdesktop/blob/dev/Telegram/SourceFiles/export/output/export_output_json.cpp
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.collect.importers.frame import AROUND, Importer, Skip
from vigie.collect.importers.values import distinct, ms, named, part, parts, share, text, whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vigie.collect.importers.frame import Post, Record

PLATFORM = "telegram"
LINKS = frozenset({"link", "text_link"})
PHOTO = "image/jpeg"  # Telegram keeps photos so, and does not say it
KINDS = frozenset({"message", "service", "unsupported"})
# How the export names the peers of ids, by the type of chat.
PEERS = {
    "private_group": "chat", "personal_chat": "user", "bot_chat": "user", "saved_messages": "user",
}  # fmt: skip


def posts(message: Record) -> Iterator[Post | Skip]:
    """Yield the post of one message; its text is a text, or a list of texts and entities."""
    if message.get("type") != "message":
        yield Skip("service")
        return
    chat, entities = part(message, AROUND), _entities(message)
    forwarded, answered = text(message, "forwarded_from_id", "forwarded_from"), _answered(message, chat)
    mime = text(message, "mime_type") or (PHOTO if "photo" in message else None)
    yield {
        "post_id": _id(text(chat, "id"), text(message, "id")),
        "platform": PLATFORM,
        "kind": "share" if forwarded else "comment" if answered else "post",
        "in_reply_to": answered,
        "author": text(message, "from_id", "from"),
        "channel_id": _peer(chat),
        "created_ms": ms(message, "date_unixtime", "date"),
        "edited_ms": ms(message, "edited_unixtime", "edited"),
        "title": text(message, "poll.question"),
        "body": "".join(text(one, "text") or "" for one in entities) or _choices(message),
        "hashtags": distinct(_of(entities, "hashtag")),
        "mentions": distinct(_mentions(entities), [forwarded]),
        "links": distinct(
            (text(one, "href", "text") for one in entities if text(one, "type") in LINKS), _buttons(message)
        ),
        "media": [{"mime": mime}] if mime else None,
        "counts": [*_reactions(message), *_votes(message)] or None,
    }


def _id(chat: str | None, message: str | None) -> str | None:
    """Return the id of a message: they count within their chat."""
    return named(PLATFORM, f"{chat}/{message}" if chat and message else message)


def _peer(chat: Record) -> str | None:
    id_ = text(chat, "id")
    return id_ and PEERS.get(text(chat, "type") or "", "channel") + id_


def _answered(message: Record, chat: Record) -> str | None:
    answered = text(message, "reply_to_message_id")
    if answered is None:
        return None
    peer = text(message, "reply_to_peer_id")  # an answer to a message in another chat
    return _id(peer.lstrip("chanelusrt") if peer else text(chat, "id"), answered)


def _entities(message: Record) -> Sequence[Record]:
    """Return the parts of a message's text: `text_entities`, else `text` in either shape."""
    if isinstance(message.get("text_entities"), list):
        return parts(message, "text_entities")
    told = message.get("text")
    pieces: list[object] = told if isinstance(told, list) else [told]
    plain = ({"type": "plain", "text": one} if isinstance(one, str) else one for one in pieces)
    return [one for one in plain if isinstance(one, dict)]


def _of(entities: Sequence[Record], kind: str) -> list[str]:
    return [(text(one, "text") or "").lstrip("#@") for one in entities if one.get("type") == kind]


def _mentions(entities: Sequence[Record]) -> list[str]:
    """Return mentioned names, and ids of those mentioned by a name that is no user name."""
    ids = (text(one, "user_id") for one in entities if one.get("type") == "mention_name")
    return [*_of(entities, "mention"), *(f"user{one}" for one in ids if one)]


def _reactions(message: Record) -> list[dict[str, object]]:
    """Return how many reactions there are, then how many of each emoji; who reacted is left out."""
    found = [(text(one, "emoji"), whole(one, "count")) for one in parts(message, "reactions")]
    told = [(emoji, count) for emoji, count in found if count is not None]
    each = [_reading(f"reactions.{emoji}", count) for emoji, count in told if emoji]
    return [_reading("reactions", sum(count for _, count in told)), *each] if told else []


def _votes(message: Record) -> list[dict[str, object]]:
    """Return how many people voted in a poll, then the votes of each choice, numbered as in the body."""
    voters = whole(message, "poll.total_voters")
    given = [whole(one, "voters") for one in parts(message, "poll.answers")]
    each = [_reading(f"votes.{place}", count) for place, count in enumerate(given, 1) if count is not None]
    return [*([] if voters is None else [_reading("voters", voters)]), *each]


def _reading(name: str, value: int) -> dict[str, object]:
    return {"at_ms": None, "name": name, "value": value}


def _choices(message: Record) -> str | None:
    """Return the choices of a poll, one a line: they are all the text that it has beside its question."""
    return "\n".join(text(one, "text") or "" for one in parts(message, "poll.answers")) or None


def _buttons(message: Record) -> list[str | None]:
    """Return the addresses behind the buttons that bots put under a message."""
    rows = message.get("inline_bot_buttons")
    buttons = (one for row in rows if isinstance(row, list) for one in row) if isinstance(rows, list) else ()
    return [text(one, "data") for one in buttons if text(one, "type") == "url"]


def _is_message(record: Record) -> bool:
    return text(record, "type") in KINDS and "id" in record and ("text" in record or "action" in record)


TELEGRAM = Importer(
    id="telegram",
    title="Telegram Desktop",
    formats=("json",),
    items=("messages.item", "chats.list.item.messages.item", "left_chats.list.item.messages.item"),
    has_surroundings=True,
    source="https://telegram.org/blog/export-and-more",
    sure=lambda records: share(records, _is_message),
    posts=posts,
)
