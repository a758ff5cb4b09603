"""Pile-ons on people: are they found, in English as in French, and are organic crowds left alone?

*Planted*: the exercise's own campaigns, 30 accounts with five reworded replies each on a candidate, half of
them on the evening of a debate. *By language*: one pile-on of the same accounts at the same moments in a
conversation without any, its texts all English, then all French. *Organic crowds*, each a false alarm if
flagged: conversations in which nothing is planted (two debates each); the times of each target's replies
shuffled; a viral post (400 strangers, each in the words that people use elsewhere, a tenth of them
with one slogan). *Openly copied*: sixty supporters who paste one letter; nothing in it is hidden, and the
method cannot know that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.stats import beta
from tables import show

from vigie.detect.pileon import Detection, detect
from vigie.exercise import SCHEMA, CampaignPlan, Exercise, generate, texts_en, texts_fr
from vigie.exercise.cast import CANDIDATE_NAMES
from vigie.exercise.lexicon import reworded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tables import Cell

HOUR_MS = 3_600_000
ACCOUNTS, EACH = 30, 5
SLOGAN = {"en": "We were there, we will be there again, and we are not for sale.",
          "fr": "Nous étions là, nous y serons encore, et nous ne sommes pas à vendre."}  # fmt: skip
LETTER = {
    "en": "I support a public ferry all year round and I ask you to vote for the bill as it stands.",
    "fr": "J’appuie un traversier public à l’année et je vous demande de voter le projet de loi tel quel.",
}
TEXTS = {"en": texts_en, "fr": texts_fr}


@dataclass
class Score:
    """What was planted and what was found."""

    planted: int = 0
    found: int = 0
    accounts: int = 0
    told: int = 0
    right: int = 0
    false: int = 0
    judged: int = 0
    runs: list[int] = field(default_factory=list)

    def row(self, name: str) -> dict[str, Cell]:
        """Return a line of the table."""
        return {
            "what": name,
            "runs": len(self.runs),
            "planted": self.planted,
            "found": self.found,
            "account recall": self.right / self.accounts if self.accounts else "–",
            "account precision": self.right / self.told if self.told else "–",
            "six-hour windows": self.judged,
            "false piles": self.false,
            "runs with any": sum(1 for one in self.runs if one),
        }


def conversation(seed: int, posts: int, days: int, campaigns: int) -> tuple[pa.Table, Exercise]:
    """Return an exercise."""
    plan = [CampaignPlan(kind="pile_on", accounts=ACCOUNTS)] * campaigns
    made = generate(seed=seed, posts=posts, days=days, campaigns=plan)
    return pa.Table.from_batches(list(made.batches()), schema=SCHEMA), made


def weigh(score: Score, found: Detection, members: Sequence[set[str]]) -> None:
    """Add one run to a score: a pile is right where most of its accounts are of one campaign."""
    hits = set()
    false = 0
    for pile in found.piles["pile"].to_pylist():
        accounts = set(found.members.filter(pc.equal(found.members["pile"], pile))["account"].to_pylist())
        best = max(range(len(members)), key=lambda n: len(accounts & members[n]), default=None)
        right = len(accounts & members[best]) if best is not None else 0
        if 2 * right <= len(accounts):
            false += 1
            continue
        hits.add(best)
        score.told += len(accounts)
        score.right += right
    score.planted += len(members)
    score.found += len(hits)
    score.accounts += sum(len(one) for one in members)
    score.false += false
    score.judged += found.judged_count
    score.runs.append(false)


def planted_row(posts: int, days: int, campaigns: int, seeds: Sequence[int]) -> dict[str, Cell]:
    """Return how many of the exercise's own pile-ons are found."""
    score = Score()
    for seed in seeds:
        table, made = conversation(seed, posts, days, campaigns)
        truth = made.truth.to_pylist()
        members = [
            {one["account"] for one in truth if one["campaign"] == number + 1} for number in range(campaigns)
        ]
        weigh(score, detect(table, seed=seed), members)
    return score.row(f"exercise, {posts:,} posts in {days} days")


def quiet_row(posts: int, days: int, seeds: Sequence[int]) -> dict[str, Cell]:
    """Return what is found where nothing is planted."""
    score = Score()
    for seed in seeds:
        table, _made = conversation(seed, posts, days, 0)
        weigh(score, detect(table, seed=seed), [])
    return score.row(f"nothing planted, {posts:,} posts in {days} days")


def shuffled_row(posts: int, days: int, seeds: Sequence[int]) -> dict[str, Cell]:
    """Return what is found where the times of the replies to each post's author are shuffled.

    Pile-ons are in the data before; shuffled over days, each target is still answered by the same accounts.
    """
    score = Score()
    for seed in seeds:
        table, _made = conversation(seed, posts, days, 0)
        chance = np.random.default_rng([seed, 9])
        answers = np.flatnonzero(pc.is_valid(table["in_reply_to"]).to_numpy())
        parent = pc.index_in(table["in_reply_to"], table["post_id"]).take(pa.array(answers))
        target = table["author"].take(parent).to_numpy(zero_copy_only=False).astype(str)
        at_ms = table["created_ms"].to_numpy().copy()
        for name in np.unique(target):
            rows = answers[target == name]
            at_ms[rows] = at_ms[chance.permutation(rows)]
        table = table.set_column(table.column_names.index("created_ms"), "created_ms", pa.array(at_ms))
        weigh(score, detect(table, seed=seed), [])
    return score.row("times of each target’s replies shuffled")


@dataclass(frozen=True)
class Crowd:
    """Replies to add to a conversation."""

    authors: list[str]
    created: list[int]
    texts: list[str]
    parent: str
    at_ms: list[int]
    lang: str


def with_crowd(table: pa.Table, crowd: Crowd) -> pa.Table:
    """Return a conversation with more replies in it."""
    rows = [
        {"post_id": f"parlotte:added{n}", "platform": "parlotte", "kind": "comment", "author": author,
         "author_created_ms": made, "created_ms": at, "lang": crowd.lang, "body": text,
         "in_reply_to": crowd.parent}
        for n, (author, made, at, text) in enumerate(
            zip(crowd.authors, crowd.created, crowd.at_ms, crowd.texts, strict=True)
        )
    ]  # fmt: skip
    return pa.concat_tables([table, pa.Table.from_pylist(rows, schema=SCHEMA)])


def scene(seed: int) -> tuple[pa.Table, str, int, np.random.Generator]:
    """Return a conversation, the post of a candidate in it, when it was written, and chance."""
    table, _made = conversation(seed, 60_000, 14, 0)
    chance = np.random.default_rng([seed, 7])
    own = table.filter(pc.and_(pc.is_null(table["in_reply_to"]), pc.is_null(table["share_of"])))
    own = own.filter(pc.fill_null(own["is_public_actor"], False))  # noqa: FBT003 (Arrow's own)
    late = own.filter(pc.greater(own["created_ms"], table["created_ms"][0].as_py() + 7 * 24 * HOUR_MS))
    late = late.slice(0, max(1, late.num_rows * 9 // 10))
    one = late.slice(int(chance.integers(0, late.num_rows)), 1).to_pylist()[0]
    return table, one["post_id"], one["created_ms"], chance


def people(table: pa.Table, chance: np.random.Generator, count: int) -> tuple[list[str], list[int]]:
    """Return accounts of the conversation and when they were made."""
    known = table.group_by("author").aggregate([("author_created_ms", "min")]).sort_by("author")
    some = known.take(pa.array(np.sort(chance.choice(known.num_rows, count, replace=False))))
    return some["author"].to_pylist(), some["author_created_ms_min"].to_pylist()


def by_language_row(lang: str, seeds: Sequence[int]) -> dict[str, Cell]:
    """Return how many pile-ons in one language are found: accounts and moments do not depend on it."""
    score = Score()
    for seed in seeds:
        table, post, at, chance = scene(seed)
        names, made = people(table, chance, ACCOUNTS)
        wordings = list(reworded(TEXTS[lang].PILE_ON, CANDIDATE_NAMES[seed % len(CANDIDATE_NAMES)]))
        mood = chance.random(ACCOUNTS * EACH)
        crowd = Crowd(
            authors=names * EACH,
            created=made * EACH,
            texts=[wordings[int(one * len(wordings))] for one in mood],
            parent=post,
            at_ms=(at + chance.integers(5 * 60_000, 3 * HOUR_MS, ACCOUNTS * EACH)).tolist(),
            lang=lang,
        )
        weigh(score, detect(with_crowd(table, crowd), seed=seed), [set(names)])
    return score.row({"en": "English texts alone", "fr": "French texts alone"}[lang])


def viral_row(lang: str, seeds: Sequence[int]) -> dict[str, Cell]:
    """Return what is found where a post goes viral: 400 strangers in their own words."""
    score = Score()
    for seed in seeds:
        table, post, at, chance = scene(seed)
        names, made = people(table, chance, 400)
        said = table.filter(pc.and_(pc.is_valid(table["in_reply_to"]), pc.equal(table["lang"], lang)))[
            "body"
        ].to_pylist()
        texts = [said[n] for n in chance.integers(0, len(said), 400)]
        for n in range(0, 400, 10):
            texts[n] = f"{texts[n]} {SLOGAN[lang]}"
        waits = np.minimum(chance.exponential(90 * 60_000, 400), 6 * HOUR_MS)
        crowd = Crowd(
            authors=names, created=made, texts=texts, parent=post,
            at_ms=(at + waits.astype(np.int64)).tolist(), lang=lang,
        )  # fmt: skip
        weigh(score, detect(with_crowd(table, crowd), seed=seed), [])
    return score.row({"en": "viral post, English", "fr": "viral post, French"}[lang])


def letter_row(lang: str, seeds: Sequence[int]) -> dict[str, Cell]:
    """Return what is found where sixty supporters paste one letter openly."""
    score = Score()
    for seed in seeds:
        table, post, at, chance = scene(seed)
        names, made = people(table, chance, 60)
        crowd = Crowd(
            authors=names, created=made, texts=[LETTER[lang]] * 60, parent=post,
            at_ms=(at + chance.integers(60_000, 5 * HOUR_MS, 60)).tolist(), lang=lang,
        )  # fmt: skip
        weigh(score, detect(with_crowd(table, crowd), seed=seed), [])
    return score.row({"en": "open letter, English", "fr": "open letter, French"}[lang])


def upper(count: int, of: int) -> float:
    """Return the upper end of the exact 95 % interval of a part (Clopper and Pearson 1934)."""
    return float(beta.ppf(0.975, count + 1, of - count)) if count < of else 1.0


def run(*, quick: bool, **_options: object) -> dict[str, object]:
    """Measure recall by language and size, and false piles in organic crowds."""
    few, many = (3, 6) if quick else (6, 20)
    planted = [
        planted_row(20_000, 7, 1, range(811, 811 + many)),
        planted_row(200_000, 14, 3, range(841, 841 + few)),
        by_language_row("en", range(851, 851 + many)),
        by_language_row("fr", range(851, 851 + many)),
    ]
    show("Pile-ons of 30 accounts with five reworded replies each", planted)
    organic = [
        quiet_row(20_000, 7, range(881, 881 + many)),
        quiet_row(200_000, 14, range(911, 911 + few)),
        shuffled_row(60_000, 14, range(921, 921 + few)),
        viral_row("en", range(931, 931 + many)),
        viral_row("fr", range(931, 931 + many)),
    ]
    show("Organic crowds: every pile found is false", organic)
    open_copies = [letter_row(lang, range(961, 961 + few)) for lang in ("en", "fr")]
    show("Openly copied: found, although nothing is hidden", open_copies)
    runs = int(sum(float(one["runs"] or 0) for one in organic))
    with_any = int(sum(float(one["runs with any"] or 0) for one in organic))
    print(f"organic runs with any pile: {with_any} of {runs}, 95 % upper bound {upper(with_any, runs):.4f}")
    return {"planted": planted, "organic": organic, "open": open_copies}


if __name__ == "__main__":
    run(quick=False)
