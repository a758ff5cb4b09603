"""Posts without names: who wrote, who is mentioned, native ids and personal addresses become keyed hashes.

How a token is made, and after which standards, is told in `vigie.store.tokens`. The same raw name gives the
same token everywhere in a project, so that replies, shares and links still match; another project's tokens
are unrelated. What stays in clear: what people wrote about anything else, hashtags, hosts, articles, and the
public actors that the caller names, while in office. A file's own word that an account is public
(`is_public_actor`) opens nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.store import addresses, wording
from vigie.store.columns import flat, legible, like, rows_of, whole
from vigie.store.offices import terms
from vigie.store.tokens import IDENTITIES, ProjectKey, Tokens, platform_name
from vigie.terms.posts import LINK

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from numpy.typing import NDArray

    from vigie.store.offices import Office, Term
    from vigie.store.tokens import Kind

__all__ = ["IDENTITIES", "ProjectKey", "pseudonymise", "pseudonyms_in"]

ACCOUNTS = ("author", "channel_id", "mentions")
POST_IDS = ("post_id", "thread_id", "in_reply_to", "share_of", "quote_of")
TEXTS = ("title", "body")
OTHERS = ("hashtags", "links", "url", "raw_ref")
TOKEN = r"[a-z2-7]{16}"  # noqa: S105 (what a token looks like, no secret)
NOWHERE = "\0\0\0"  # no text holds this
ROWS_PER_LOOK = 1 << 15  # texts that are Python's at one time


def pseudonymise(
    table: pa.Table, key: ProjectKey, *, public_actors: Collection[str | Office] = ()
) -> tuple[pa.Table, pa.Table]:
    """Return posts with tokens for names, and what stands behind the tokens.

    Args:
        table: posts in the canonical schema, any of its columns.
        key: the project's.
        public_actors: accounts that stay in clear: offices for posts of their time, raw names (`name` or
            `platform:name`) always; their posts' ids are tokens like all others.

    Returns:
        The same rows and columns, `is_public_actor` true where the author is in clear; and the distinct
        identities: `kind` (account, post, address, email), `pseudonym`, `raw`. One pseudonym may have several
        raws: @Bob and bob are one account.
    """
    table = legible(table)
    found = [(term.rows, _pseudonymised(table, key, term)) for term in terms(table, public_actors)]
    if len(found) == 1:
        return found[0][1]
    places = np.argsort(np.concatenate([rows for rows, _done in found]))
    whole_table = pa.concat_tables([posts for _rows, (posts, _identities) in found]).take(pa.array(places))
    identities = pa.concat_tables([identities for _rows, (_posts, identities) in found])
    return whole_table, identities.group_by(IDENTITIES.names, use_threads=False).aggregate([])


def _pseudonymised(table: pa.Table, key: ProjectKey, term: Term) -> tuple[pa.Table, pa.Table]:
    """Return the posts of one term with tokens for names, and what stands behind these."""
    if len(term.rows) < table.num_rows:
        table = table.take(pa.array(term.rows))
    posts, tokens = _Posts.of(table), Tokens(key, term.public)
    done = {**_named(posts, "account", ACCOUNTS, tokens), **_named(posts, "post", POST_IDS, tokens)}
    done |= {name: _texts(posts, name, tokens) for name in TEXTS if name in posts.columns}
    if {"hashtags", "author"} <= posts.columns.keys():
        done["hashtags"] = _hashtags(posts, done["author"])
    if "links" in posts.columns:
        done["links"] = _links(posts.columns["links"], tokens)
    if "url" in posts.columns:
        done["url"] = _urls(posts, tokens)
    if "raw_ref" in posts.columns:
        done["raw_ref"] = _each(posts.columns["raw_ref"], lambda raw: tokens.shown("address", "", raw))
    if {"is_public_actor", "author"} <= posts.columns.keys() and tokens.clear:
        done["is_public_actor"] = _in_clear(posts.columns["is_public_actor"], done["author"], tokens.clear)
    arrays = [done.get(name, posts.columns[name]) for name in table.column_names]
    return pa.table(arrays, names=table.column_names), tokens.identities()


def pseudonyms_in(table: pa.Table) -> set[str]:
    """Return all tokens that stand in a stored table, in texts and addresses too."""
    columns = _Posts.of(table).columns
    found: set[str] = set()
    for name in columns.keys() & {*ACCOUNTS, *POST_IDS}:
        found.update(pc.unique(flat(columns[name]).drop_null()).to_pylist())
    for name in columns.keys() & {*TEXTS, *OTHERS}:
        values = pc.unique(flat(columns[name]))
        shaped = values.filter(pc.match_substring_regex(values, TOKEN)).to_pylist()
        found.update(token for text in shaped for token in re.findall(rf"(?=({TOKEN}))", text))
    return found


class _Posts(NamedTuple):
    """Columns in one piece, and the platform of each row."""

    columns: dict[str, Any]
    platforms: list[str]  # distinct, as `platform_name` gives them
    platform: NDArray[np.int64]  # the place of each row's platform among them

    @classmethod
    def of(cls, table: pa.Table) -> _Posts:
        columns = {name: whole(table.column(name)) for name in table.column_names}
        if "platform" not in columns or not table.num_rows:
            return cls(columns, [""], np.zeros(table.num_rows, np.int64))
        coded = columns["platform"].dictionary_encode("encode")
        names = [platform_name(raw) for raw in coded.dictionary.to_pylist()]
        distinct = {name: place for place, name in enumerate(sorted(set(names)))}
        of_raw = np.array([distinct[name] for name in names], np.int64)
        return cls(columns, list(distinct), of_raw[coded.indices.to_numpy()])


def _named(posts: _Posts, kind: Kind, names: Sequence[str], tokens: Tokens) -> dict[str, pa.Array]:
    """Return columns of names or ids as tokens; each distinct raw value of a platform is hashed once."""
    columns = {name: posts.columns[name] for name in names if name in posts.columns}
    if not columns:
        return {}
    texts = [flat(column) for column in columns.values()]
    platform = np.concatenate([posts.platform[rows_of(column)] for column in columns.values()])
    replaced = _hashed(kind, pa.concat_arrays(texts), platform, posts.platforms, tokens)
    ends = np.cumsum([0, *map(len, texts)]).tolist()
    return {
        name: like(column, replaced.slice(start, len(part)))
        for (name, column), start, part in zip(columns.items(), ends[:-1], texts, strict=True)
    }


def _in_clear(said: pa.Array, authors: pa.Array, clear: Collection[str]) -> pa.Array:
    """Return what the file said, but true for authors in clear: no token is like a name (2^-80)."""
    return pc.if_else(pc.is_in(authors, pa.array(sorted(clear), pa.string())), pa.scalar(value=True), said)


def _hashed(
    kind: Kind, values: pa.Array, platform: NDArray[np.int64], names: Sequence[str], tokens: Tokens
) -> pa.Array:
    """Return the token of each value, null for null."""
    coded = values.dictionary_encode()
    if len(names) == 1:
        return tokens.column(kind, names[0], coded.dictionary).take(coded.indices)
    missing = coded.indices.is_null().to_numpy(zero_copy_only=False)
    codes = coded.indices.fill_null(0).to_numpy().astype(np.int64) + platform * len(coded.dictionary)
    distinct, place = np.unique(codes[~missing], return_inverse=True)  # all of one platform together
    ends = np.searchsorted(distinct, np.arange(len(names) + 1) * len(coded.dictionary)).tolist()
    raws = coded.dictionary.take(pa.array(distinct % max(1, len(coded.dictionary))))
    parts = [
        tokens.column(kind, name, raws.slice(start, end - start))
        for name, start, end in zip(names, ends[:-1], ends[1:], strict=True)
    ]
    index = np.zeros(len(values), np.int64)
    index[~missing] = place
    return pa.concat_arrays(parts).take(pa.array(index, mask=missing))


def _texts(posts: _Posts, name: str, tokens: Tokens) -> pa.Array:
    """Return titles or bodies with tokens; only those that may name somebody are read by Python."""
    column = posts.columns[name]
    if column.null_count == len(column):
        return column
    own = _may_name_own(column, posts.columns.get("author"))
    suspect = pc.fill_null(pc.match_substring_regex(column, wording.SUSPECT), fill_value=False)
    mask = own | suspect.to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(mask)
    if not len(rows):
        return column
    authors = _taken(posts, "author", np.where(own, np.arange(len(own)), -1)[rows])
    mentions = _taken(posts, "mentions", rows)
    done = [
        wording.tokenised(
            text,
            tokens,
            platform=posts.platforms[platform],
            author=author or "",
            named=[one for one in named or () if one],
        )
        for text, platform, author, named in zip(
            column.take(pa.array(rows)).to_pylist(), posts.platform[rows], authors, mentions, strict=True
        )
    ]
    return pc.replace_with_mask(column, pa.array(mask), pa.array(done, pa.string()))


def _taken(posts: _Posts, name: str, rows: NDArray[np.int64]) -> list[Any]:
    """Return the values of a column in some rows, None for row -1 and where there is no such column."""
    if name not in posts.columns:
        return [None] * len(rows)
    values: list[Any] = posts.columns[name].take(pa.array(rows, mask=rows < 0)).to_pylist()
    return values


def _may_name_own(column: pa.Array, authors: pa.Array | None) -> NDArray[np.bool_]:
    """Return where a text may hold its own author's name."""
    if authors is None:
        return np.zeros(len(column), np.bool_)
    coded, parts = authors.dictionary_encode("encode"), [np.zeros(0, np.bool_)]
    names = [wording.shortest_own(author or "") or NOWHERE for author in coded.dictionary.to_pylist()]
    for start in range(0, len(column), ROWS_PER_LOOK):
        texts = pc.fill_null(column.slice(start, ROWS_PER_LOOK), "").to_pylist()
        codes = coded.indices.slice(start, ROWS_PER_LOOK).to_pylist()
        lows = list(map(str.lower, texts))
        if sum(map(len, lows)) != sum(map(len, texts)):  # a letter became two
            lows = list(map(wording.lower, texts))
        found = [names[code] in low for code, low in zip(codes, lows, strict=True)]
        parts.append(np.array(found, np.bool_))
    return np.concatenate(parts)


def _hashtags(posts: _Posts, authors: pa.Array) -> pa.Array:
    """Return hashtags with the author's token for a tag that is the author's own name."""
    tags = posts.columns["hashtags"]
    words, rows = flat(tags), pa.array(rows_of(tags))
    bare = pc.replace_substring_regex(pc.utf8_lower(posts.columns["author"]), r"^(.*:)?[@＠]*", "")
    long = pc.match_substring_regex(bare, rf"^(?:.{{{wording.LONG},}}|{wording.SHORT})$")
    same = pc.and_(pc.equal(pc.utf8_lower(words), bare.take(rows)), long.take(rows))
    return like(tags, pc.if_else(pc.fill_null(same, fill_value=False), authors.take(rows), words))


def _links(links: pa.Array, tokens: Tokens) -> pa.Array:
    done = _each(flat(links), lambda raw: addresses.rewritten(raw, tokens), only=addresses.SUSPECT)
    domains = _each(
        pc.struct_field(pc.list_flatten(links), "domain"),
        lambda raw: addresses.domain_shown(raw, tokens),
        only=rf"\.({addresses.OWNED})$",
    )
    return like(links, pa.StructArray.from_arrays([done, domains], fields=list(LINK)))


def _urls(posts: _Posts, tokens: Tokens) -> pa.Array:
    """Return posts' own addresses: those of articles and on sites of accounts as links, others hidden."""

    def linked(raw: str) -> str:
        return addresses.rewritten(raw, tokens)

    def hidden(raw: str) -> str:
        return linked(raw) if addresses.is_of_accounts(raw) else tokens.shown("address", "", raw)

    urls = posts.columns["url"]
    if "kind" not in posts.columns:
        return _each(urls, hidden)
    article = pc.fill_null(pc.equal(posts.columns["kind"], "article"), fill_value=False)
    none = pa.scalar(None, urls.type)
    return pc.coalesce(
        _each(pc.if_else(article, urls, none), linked, only=addresses.SUSPECT),
        _each(pc.if_else(article, none, urls), hidden),
    )


def _each(column: pa.Array, replace: Callable[[str], str], *, only: str | None = None) -> pa.Array:
    """Return `column` with each distinct text replaced, or those alone that match the pattern `only`."""
    coded = column.dictionary_encode()
    texts = coded.dictionary
    mask = pc.is_valid(texts) if only is None else pc.match_substring_regex(texts, only)
    some = pa.array([replace(text) for text in texts.filter(mask).to_pylist()], pa.string())
    return pc.replace_with_mask(texts, mask, some).take(coded.indices)
