"""Conversations with planted narratives, in several scripts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest

from vigie.detect.narratives import NONE, Rule, detect
from vigie.terms.times import DAY_MS

START_MS = 20_454 * DAY_MS
LETTERS = {
    "en": "abcdefghijklmnoprstuvwyz",
    "fr": "abcdefghijlmnopqrstuvéèà",
    "ar": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "ru": "абвгдежзиклмнопрстуфхцчшэюя",
    "iu": "ᐃᐅᐊᐱᐳᐸᑎᑐᑕᑭᑯᑲᒋᒍᒐᒥᒧᒪᓂᓄᓇᓯᓱᓴᓕᓗᓚᔨᔪᔭ",
    "zh": "".join(chr(0x4E00 + 7 * n) for n in range(600)),
    "ja": "".join(chr(0x3042 + n) for n in range(0, 80, 2))
    + "".join(chr(0x5000 + 9 * n) for n in range(400)),
    "th": "กขคงจฉชซญดตถทธนบปผพฟมยรลวสหอฮ",
}
SPACED = {"zh": "", "ja": "", "th": ""}


@dataclass(frozen=True)
class Kit:
    """What tests of this folder share: tests are no package, so they cannot import it."""

    start_ms: int = START_MS

    def words(self, lang, count, *, seed=0):
        """Return invented words of a language."""
        rng = np.random.default_rng([seed, *lang.encode()])
        letters = np.array(list(LETTERS[lang]))
        longest = 5 if lang in {"zh", "ja"} else 9
        words = {}
        while len(words) < count:
            words["".join(rng.choice(letters, rng.integers(2 if lang in {"zh", "ja"} else 4, longest)))] = (
                None
            )
        return list(words)

    def posts(self, lang="en", *, topics=3, of_each=60, of_none=120, seed=0, **columns):
        """Return posts, the last column the topic of each: 0 for none; words are preferred, never owned."""
        rng = np.random.default_rng([seed, 1, *lang.encode()])
        words = self.words(lang, 900)
        topic = np.concatenate([np.repeat(np.arange(1, topics + 1), of_each), np.zeros(of_none, np.int64)])
        bodies = []
        for one in topic:
            own = words[20 * one : 20 * one + 20]
            said = [*rng.choice(own, 6)] if one else []
            said += [*rng.choice(words[200:], 12 - len(said))]
            bodies.append(SPACED.get(lang, " ").join(rng.permutation(said)))
        count = len(topic)
        table = {
            "post_id": [f"{lang}{seed}-{n}" for n in range(count)],
            "author": [f"a{n}" for n in rng.integers(0, count, count)],
            "created_ms": START_MS + rng.integers(0, 14 * DAY_MS, count),
            "lang": [lang] * count,
            "body": bodies,
            "topic": topic,
        }
        return pa.table({**table, **columns})

    def quickly(self, posts, **options):
        """Return what is found, learned from little."""
        options.setdefault("rule", Rule())
        return detect(posts, **options)

    def topics_of(self, found, posts):
        """Return, for each narrative, its posts by topic."""
        topic = dict(zip(posts["post_id"].to_pylist(), posts["topic"].to_pylist(), strict=True))
        held = {}
        for row in found.members.to_pylist():
            held.setdefault(row["narrative"], []).append(topic[row["post_id"]])
        return {name: np.bincount(of, minlength=4).tolist() for name, of in held.items() if name != NONE}


@pytest.fixture(scope="session")
def kit():
    return Kit()


@pytest.fixture(scope="session")
def told(kit):
    """Return posts with three planted narratives, and what is found in them."""
    posts = kit.posts()
    return posts, kit.quickly(posts)
