"""Narratives: what many posts tell in words of their own, per language, linked across languages.

1. take each different text once, in its language (`texts`), as counts of words or of runs of signs (`words`)
2. place texts in a small space (`space`), find the nearest ones (`neighbours`), part their network
   (`grouping`)
3. keep the groups that hang together more than shuffled words do; every text joins the nearest or none
   (`grouping`, `learning`)
4. call them by their most telling words (`labels`)
5. know those of an earlier run again (`matching`)
6. count what is told slot after slot, and say which are new or grow (`rivers`)
7. link those of two languages that share traces (`linking`)
8. hand over those that are new or grow (`signals`)

Sources stand beside each step. Figures and failures: `card()`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.detect.narratives import linking
from vigie.detect.narratives.labels import TERMS_SHOWN
from vigie.detect.narratives.learning import Label, Language, told_in, written
from vigie.detect.narratives.linking import LINKS, Readers, links
from vigie.detect.narratives.matching import matched
from vigie.detect.narratives.rivers import RIVER, changes, river, with_earlier
from vigie.detect.narratives.rule import Rule
from vigie.detect.narratives.tables import MEMBERS, NARRATIVES, NONE
from vigie.detect.narratives.texts import COLUMNS, SAYS_NOTHING, Texts, read
from vigie.terms.cards import MethodCard, read_card
from vigie.terms.errors import UnfitTableError
from vigie.terms.progress import Progress, silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.text.languages import Model

__all__ = [
    "COLUMNS", "LINKS", "MEMBERS", "METHOD", "NARRATIVES", "NONE", "RIVER", "Detection",
    "Earlier", "Language", "Readers", "Rule", "card", "detect",
]  # fmt: skip

METHOD = "narratives/1"  # new meaning, new number: old findings keep naming the method that made them
NAMESPACE = uuid5(NAMESPACE_URL, METHOD)
DORMANT_MAX = 1_000  # narratives that an earlier run alone found and that are remembered, the latest


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """What an earlier run found: its tables."""

    narratives: pa.Table
    members: pa.Table
    river: pa.Table

    def __post_init__(self) -> None:
        """Refuse tables of something else."""
        for table, schema in ((self.narratives, NARRATIVES), (self.members, MEMBERS), (self.river, RIVER)):
            for field in schema:
                if field.name not in table.column_names:
                    raise UnfitTableError(column=field.name, stage=METHOD, expected=str(field.type))


@dataclass(frozen=True, kw_only=True)
class Detection:
    """What was found.

    Args:
        narratives: those told by the most posts first; see `NARRATIVES`.
        members: every post and its narrative, or `none`; see `MEMBERS`.
        river: posts and accounts per narrative and slot, `none` too; see `RIVER`.
        links: pairs of narratives of two languages that share traces; see `LINKS`.
        languages: what was done in each language, that with the most texts first.
        linked_by: kinds of traces that were looked for.
        silent_count: posts that say nothing in words.
        rule: the parameters.
    """

    narratives: pa.Table
    members: pa.Table
    river: pa.Table
    links: pa.Table
    languages: tuple[Language, ...]
    linked_by: tuple[str, ...]
    silent_count: int
    rule: Rule


def card() -> MethodCard:
    """Return the method card: purpose, sources, measures, known failures."""
    return read_card(resources.files(__package__) / "card.toml")


def detect(
    posts: pa.Table,
    *,
    rule: Rule | None = None,
    seed: int = 0,
    earlier: Earlier | None = None,
    model: Model | None = None,
    readers: Readers | None = None,
    progress: Progress = silent,
) -> Detection:
    """Find what many posts tell.

    Args:
        posts: canonical posts; see `COLUMNS`: `author`, `created_ms`, `body` must be there.
        rule: the parameters, else the defaults.
        seed: of all chance; the same seed on the same rows, in whatever order, gives the same result.
        earlier: what an earlier run found, whose narratives keep their ids and their past.
        model: tells in which language a text is written where no platform says it.
        readers: what finds numbers and names, by which narratives of two languages are linked.
        progress: told the steps done.

    Raises:
        UnfitTableError: a column is missing or of another type.
    """
    rule, readers = rule or Rule(), readers or Readers()
    texts = read(posts, model=model, stage=METHOD)
    names, code = np.unique(texts.lang.astype(str), return_inverse=True)
    steps = len(names) + 2
    progress(1, steps)
    group, near = np.full(len(texts.plain), -1), np.zeros(len(texts.plain))
    labels: list[tuple[str, Label]] = []
    languages = []
    for number, lang in enumerate(names.tolist()):
        rows = np.flatnonzero(code == number)
        told = told_in(lang, texts.plain.take(pa.array(rows)), rule, seed=seed)
        group[rows] = np.where(told.group < 0, -1, told.group + len(labels))
        near[rows] = told.near
        labels += [(lang, _with_rows(label, rows)) for label in told.labels]
        languages.append(told.language)
        progress(number + 2, steps)
    found = _Found(texts, group, near, labels, rule, earlier)
    said = [
        linking.Told(narrative=found.ids[one], lang=lang, words=label.words, texts=found.texts_of(label))
        for one, (lang, label) in enumerate(labels)
    ]
    linked = links(texts.posts, found.place, texts.post_lang, said, rule, readers)
    progress(steps, steps)
    return Detection(
        narratives=found.narratives(),
        members=found.members,
        river=found.river,
        links=linked,
        languages=tuple(sorted(languages, key=lambda one: (-one.texts, one.lang))),
        linked_by=readers.kinds,
        silent_count=int((texts.text == SAYS_NOTHING).sum()),
        rule=rule,
    )


def _with_rows(label: Label, rows: NDArray[np.int64]) -> Label:
    return Label(words=label.words, weights=label.weights, texts=tuple(rows[list(label.texts)].tolist()))


class _Found:
    """Narratives with their posts: what the tables are made of.

    Args:
        texts: posts and their texts.
        group: of each text the number of its narrative, -1 for none.
        near: how near it is.
        labels: language and label of each narrative.
        rule: the parameters.
        earlier: what an earlier run found.
    """

    def __init__(
        self,
        texts: Texts,
        group: NDArray[np.int64],
        near: NDArray[np.float64],
        labels: list[tuple[str, Label]],
        rule: Rule,
        earlier: Earlier | None,
    ) -> None:
        self._texts, self._labels, self._rule, self._earlier = texts, labels, rule, earlier
        says = texts.text != SAYS_NOTHING
        self.place = np.full(len(texts.text), -1)
        self.place[says] = group[texts.text[says]]
        self._first = np.zeros(len(group), np.int64)  # of each text its first post
        numbers, rows = np.unique(texts.text[says], return_index=True)
        self._first[numbers] = np.flatnonzero(says)[rows]
        self._known = self._matched()
        self.ids = self._named()
        similarity = np.zeros(len(texts.text))
        similarity[says] = near[texts.text[says]]
        names = np.array([*self.ids, NONE], object)
        columns = [texts.posts[name].combine_chunks() for name in ("post_id", "author", "created_ms")]
        self.members = pa.table(
            [
                pa.array(names[self.place], pa.string()),
                *columns,
                pa.array(texts.post_lang, pa.string()),
                pa.array(np.round(similarity, 6)),
            ],
            schema=MEMBERS,
        )
        now = river(self.members, rule)
        self.river = with_earlier(now, earlier.river.cast(RIVER)) if earlier else now

    def texts_of(self, label: Label) -> list[tuple[str, str]]:
        """Return the texts of a narrative nearest its centre, as written and as words alone."""
        rows = pa.array([int(self._first[one]) for one in label.texts], pa.int64())
        bodies = self._texts.said.take(rows).to_pylist()
        plain = self._texts.plain.take(pa.array(label.texts, pa.int64())).to_pylist()
        return [(body, words) for body, words in zip(bodies, plain, strict=True)]

    def _matched(self) -> dict[int, int]:
        """Return which narrative is which one of the earlier run."""
        if self._earlier is None:
            return {}
        old = self._earlier.narratives
        number = {one: place for place, one in enumerate(old["narrative"].to_pylist())}
        place = pa.table({"post_id": self._texts.posts["post_id"], "now": self.place})
        held = self._earlier.members.select(["post_id", "narrative"])
        both = place.filter(pc.is_valid(place["post_id"])).join(held, keys="post_id", join_type="inner")
        counted = both.group_by(["now", "narrative"]).aggregate([([], "count_all")]).to_pylist()
        common = Counter(
            {(one["now"], number.get(one["narrative"], -1)): one["count_all"] for one in counted}
        )
        before = [
            (lang, dict(zip(words, weights, strict=True)))
            for lang, words, weights in zip(
                *(old[name].to_pylist() for name in ("lang", "words", "weights")), strict=True
            )
        ]
        now = [(lang, dict(zip(label.words, label.weights, strict=True))) for lang, label in self._labels]
        return matched(now, before, common)

    def _named(self) -> list[str]:
        """Return the id of each narrative: that of the earlier run, else one made of its nearest text."""
        old = self._earlier.narratives["narrative"].to_pylist() if self._earlier else []
        taken = set(old)
        ids = []
        for one, (lang, label) in enumerate(self._labels):
            if one in self._known:
                ids.append(old[self._known[one]])
                continue
            seed = f"{lang}\n{self._texts.plain[label.texts[0]].as_py()}"
            while (name := str(uuid5(NAMESPACE, seed))) in taken:
                seed += "\n"
            taken.add(name)
            ids.append(name)
        return ids

    def narratives(self) -> pa.Table:
        """Return the narratives, those told by the most posts first, then those of the earlier run alone."""
        rows = self._rows()
        rows.sort(key=lambda row: (-row["posts"], row["narrative"]))
        table = pa.Table.from_pylist(rows, schema=NARRATIVES)
        return pa.concat_tables([table, self._dormant()]).combine_chunks()

    def _rows(self) -> list[dict[str, Any]]:
        if not self._labels:
            return []
        at_ms = self._texts.posts["created_ms"].to_numpy()
        account = self._texts.posts["author"].combine_chunks().dictionary_encode()
        code = account.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        recent = at_ms >= self._recent_from()
        order = np.argsort(self.place, kind="stable")
        starts = np.searchsorted(self.place[order], np.arange(len(self._labels) + 1))
        inside = [order[starts[one] : starts[one + 1]] for one in range(len(self._labels))]
        told_by = [len(np.unique(code[rows[recent[rows]]])) for rows in inside]
        langs = [lang for lang, _label in self._labels]
        change = changes(self.river, self.ids, langs, told_by, self._rule).to_pylist()
        return [
            {**self._row(one, rows, at_ms, code), **now}
            for one, (rows, now) in enumerate(zip(inside, change, strict=True))
        ]

    def _recent_from(self) -> int:
        """Return when the recent time begins: it ends with the last slot of the river."""
        last = int(pc.max(self.river["slot_ms"]).as_py())
        return last + self._rule.slot_ms - self._rule.recent_ms

    def _row(
        self, one: int, rows: NDArray[np.int64], at_ms: NDArray[np.int64], code: NDArray[np.int64]
    ) -> dict[str, Any]:
        lang, label = self._labels[one]
        posts, first = self._texts.posts, int(rows[0])  # posts stand in the order of time
        before = self._before(one)
        is_older = before is not None and before["first_ms"] <= int(at_ms[first])
        specimen = int(self._first[label.texts[0]])
        bodies = [text for text, _plain in self.texts_of(label)]
        return {
            "narrative": self.ids[one],
            "lang": lang,
            "posts": len(rows),
            "texts": len(np.unique(self._texts.text[rows])),
            "accounts": len(np.unique(code[rows])),
            "first_ms": before["first_ms"] if before and is_older else int(at_ms[first]),
            "last_ms": int(at_ms[rows[-1]]),
            "first_post": before["first_post"] if before and is_older else posts["post_id"][first].as_py(),
            "first_account": before["first_account"]
            if before and is_older
            else posts["author"][first].as_py(),
            "terms": written(label, bodies, TERMS_SHOWN),
            "words": list(label.words),
            "weights": [round(weight, 9) for weight in label.weights],
            "specimen": posts["post_id"][specimen].as_py(),
            "specimen_text": self._texts.said[specimen].as_py(),
            "is_known": before is not None,
        }

    def _before(self, one: int) -> dict[str, Any] | None:
        """Return what the earlier run said of a narrative, if it knew it."""
        if self._earlier is None or one not in self._known:
            return None
        row: dict[str, Any] = self._earlier.narratives.slice(self._known[one], 1).to_pylist()[0]
        return row

    def _dormant(self) -> pa.Table:
        """Return the narratives that the earlier run alone found: they may come back."""
        if self._earlier is None:
            return NARRATIVES.empty_table()
        old = self._earlier.narratives.select(NARRATIVES.names).cast(NARRATIVES)
        gone = old.filter(pa.array(~np.isin(np.arange(old.num_rows), list(self._known.values()))))
        kept = gone.sort_by([("last_ms", "descending"), ("narrative", "ascending")]).slice(0, DORMANT_MAX)
        count = kept.num_rows
        for name, value in (
            ("posts", 0), ("texts", 0), ("accounts", 0), ("is_known", True), ("change", "dormant"),
            ("recent_posts", 0), ("recent_expected", None), ("q_value", None),
        ):  # fmt: skip
            column = pa.array([value] * count, NARRATIVES.field(name).type)
            kept = kept.set_column(NARRATIVES.names.index(name), NARRATIVES.field(name), column)
        return kept
