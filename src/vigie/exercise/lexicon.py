"""Everything that can be said, linked or shown, as numbered lists from which rows take their words.

Composed texts join clauses drawn from lists: openings, subjects, predicates, endings, reactions, calls. Whole
texts are said as they stand: short stock phrases, quotes that people copy, and what campaigns prepare.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from vigie.exercise import texts_en, texts_fr
from vigie.exercise.acts import NONE
from vigie.exercise.cast import CANDIDATE_NAMES, OUTLETS, PLACES, PUSHED_DOMAINS, SYNDICATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vigie.exercise.acts import Floats, Ints

LANGUAGES = (texts_fr, texts_en)
LINKS_PUSHED = IMAGES_DROPPED = 10  # per campaign
NO_BREAK = "\u00a0"
NUMBERS = range(3, 48)
ELISION = re.compile(
    r"\b([Dd]|[Qq]u)e (?=(?:Anse|Eiderton|Anselme|Hector|Odile)\b)"
)  # names with a silent start
WORD_FOR_WORD = 0.5  # of copied texts are not altered
UNTAGGED = 0.5  # of posts have no hashtag
ABOUT_THE_DEBATE = 0.4  # of posts during a debate carry its hashtags
MIXTURES = 4000  # of hashtags, per language
RARELY_TAGGED = 0.35  # of hashtag sequences end with a rare one


@dataclass(frozen=True, kw_only=True)
class Phrases:
    """Templates, by language and group, with every way of filling them laid end to end in `words`.

    A template with `{place}`, `{name}` and `{n}` has one text for each place, name and number, in that order.
    """

    words: pa.StringArray
    low: Ints  # [language, group]: the first template
    high: Ints
    start: Ints  # of each template: its first text in `words`
    places: Ints  # how many ways there are to fill each slot, 1 where a template has no such slot
    names: Ints
    numbers: Ints

    def draw(
        self,
        chance: np.random.Generator,
        language: Ints,
        group: Ints | int = 0,
        *,
        facts: Facts | None = None,
    ) -> Ints:
        """Return places in `words`, one for each element of `language`, about what `facts` tell."""
        template = self._template(chance.random(len(language)), language, group)
        return self._filled(chance, template, facts)

    def draw_first(self, chance: np.random.Generator, language: Ints) -> Ints:
        """Return places in `words`, the first of each list far more often, as with stock phrases."""
        low = self.low[language, 0]
        rank = (self.high[language, 0] - low) ** chance.random(len(language))  # from 1
        return self._filled(chance, low + rank.astype(np.int64) - 1)

    def _template(self, mood: Floats, language: Ints, group: Ints | int) -> Ints:
        low = self.low[language, group]
        template: Ints = low + (mood * (self.high[language, group] - low)).astype(np.int64)
        return template

    def _filled(self, chance: np.random.Generator, template: Ints, facts: Facts | None = None) -> Ints:
        numbers = self.numbers[template]
        number = (chance.random(len(template)) * numbers).astype(np.int64)
        if facts is None:
            return np.asarray(self.start[template] + number)
        place = facts.place % self.places[template]
        name = facts.name % self.names[template]
        return np.asarray(self.start[template] + (place * self.names[template] + name) * numbers + number)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What each text is about: number of the town and of the candidate."""

    place: Ints
    name: Ints


def phrases(lists: Sequence[Sequence[Sequence[str]]], *, before: str = "", after: str = "") -> Phrases:
    """Return `lists[language][group]` as numbered templates, each text between `before` and `after`."""
    sizes = np.asarray([[len(group) for group in language] for language in lists])
    high = np.cumsum(sizes).reshape(sizes.shape)
    filled = [spread(text, before, after) for language in lists for group in language for text in group]
    templates = [text for language in lists for group in language for text in group]
    return Phrases(
        words=pa.array([text for texts in filled for text in texts], pa.string()),
        low=high - sizes,
        high=high,
        start=np.cumsum([0, *(len(texts) for texts in filled)])[:-1],
        places=np.asarray([len(PLACES) if "{place}" in text else 1 for text in templates]),
        names=np.asarray([len(CANDIDATE_NAMES) if "{name}" in text else 1 for text in templates]),
        numbers=np.asarray([len(NUMBERS) if "{n}" in text else 1 for text in templates]),
    )


class Lexicon:
    """The words, links and images of one conversation.

    Args:
        chance: for article numbers, rare hashtags and image hashes.
        posts: how large the conversation is.
        campaigns: how many campaigns need links, images and hashtags of their own.
    """

    def __init__(self, chance: np.random.Generator, *, posts: int, campaigns: int) -> None:
        self.openings = phrases([[one.OPENINGS] for one in LANGUAGES], after=" ")
        self.subjects = phrases([one.SUBJECTS for one in LANGUAGES])
        first = [text[0].upper() + text[1:] for text in self.subjects.words.to_pylist()]
        self.subjects_first = pa.array(first, pa.string())  # where nothing stands before them
        self.predicates = phrases([one.PREDICATES for one in LANGUAGES], before=" ")
        self.endings = phrases([[one.ENDINGS] for one in LANGUAGES], before=" ")
        self.reactions = phrases([[one.REACTIONS] for one in LANGUAGES], before=" ")
        self.calls = phrases([[one.CALLS] for one in LANGUAGES], before=" ")
        self.stock = phrases([[one.STOCK] for one in LANGUAGES])
        self.quotes = phrases([[one.QUOTES] for one in LANGUAGES])
        self.greetings = phrases([[one.GREETINGS] for one in LANGUAGES])
        self.pledges = phrases([[one.PLEDGES] for one in LANGUAGES], before=" ")
        self._prepare_wholes()
        self._prepare_links(chance, posts, campaigns)
        self._prepare_images(chance, posts, campaigns)
        self._prepare_tags(chance, campaigns)

    # Whole texts that campaigns prepare

    def _prepare_wholes(self) -> None:
        piled = [
            [list(reworded(masters, name)) for name in CANDIDATE_NAMES]
            for masters in (one.PILE_ON for one in LANGUAGES)
        ]
        self._piled = phrases(piled)
        copied = [[altered(master) for master in one.COPIED] for one in LANGUAGES]
        self._copied = phrases(copied)
        self._copied_from = len(self._piled.words)
        self.wholes = pa.concat_arrays([self._piled.words, self._copied.words])
        french = (self._piled.high[0, -1], self._copied_from, self._copied_from + self._copied.high[0, -1])
        places = np.arange(len(self.wholes))
        english = ((places >= french[0]) & (places < french[1])) | (places >= french[2])
        self.language_of_whole = english.astype(np.int8)

    def pile_on_texts(
        self, chance: np.random.Generator, target: int, *, french: npt.NDArray[np.bool_]
    ) -> Ints:
        """Return a reworded reply to candidate `target` for each element of `french`."""
        return self._piled.draw(chance, (~french).astype(np.int64), target)

    def copied_texts(self, chance: np.random.Generator, wave: Ints, number: int, *, french: bool) -> Ints:
        """Return a copy of each wave's text, word for word or trivially altered."""
        masters = self._copied.low.shape[1]
        language = np.full(len(wave), 0 if french else 1)
        drawn = self._copied.draw(chance, language, (wave % 3 + 3 * number) % masters)
        first = self._copied.low[language, (wave % 3 + 3 * number) % masters]
        same = chance.random(len(wave)) < WORD_FOR_WORD
        return np.where(same, first, drawn) + self._copied_from

    # Links

    def _prepare_links(self, chance: np.random.Generator, posts: int, campaigns: int) -> None:
        self.article_count = 2 * int(np.clip(posts // 200, 100, 20_000))
        outlet = np.arange(self.article_count) % len(OUTLETS)
        number = chance.integers(10_000, 999_999, self.article_count)
        slug = chance.integers(0, len(texts_fr.SLUGS), self.article_count)
        urls = [
            article(o, s, n) for o, s, n in zip(outlet.tolist(), slug.tolist(), number.tolist(), strict=True)
        ]
        domains = [OUTLETS[o][0] for o in outlet.tolist()]
        for campaign in range(campaigns):
            domain = PUSHED_DOMAINS[campaign % len(PUSHED_DOMAINS)]
            pages = chance.integers(100, 9_999, LINKS_PUSHED).tolist()
            urls += [
                f"https://{domain}/{texts_fr.SLUGS[page % len(texts_fr.SLUGS)]}-{page}" for page in pages
            ]
            domains += [domain] * LINKS_PUSHED
        self.urls, self.domains = pa.array(urls, pa.string()), pa.array(domains, pa.string())

    def articles_of(self, desk: int) -> Ints:
        """Return the articles of the outlet that a syndicate's newsrooms republish."""
        return np.arange(desk % SYNDICATES, self.article_count, len(OUTLETS))

    def pushed_links(self, number: int) -> Ints:
        """Return the links of campaign `number`'s own site."""
        return self.article_count + (number - 1) * LINKS_PUSHED + np.arange(LINKS_PUSHED)

    # Images

    def _prepare_images(self, chance: np.random.Generator, posts: int, campaigns: int) -> None:
        self.image_count = int(np.clip(posts // 120, 150, 60_000))
        count = self.image_count + campaigns * IMAGES_DROPPED
        raw = chance.bytes(32 * count).hex()
        self.pdq = pa.array([raw[at : at + 64] for at in range(0, 64 * count, 64)], pa.string())
        self.pdq_quality = pa.array(chance.integers(60, 101, count), pa.int16())

    def dropped_images(self, number: int) -> Ints:
        """Return the images of campaign `number`."""
        return self.image_count + (number - 1) * IMAGES_DROPPED + np.arange(IMAGES_DROPPED)

    # Hashtags

    def _prepare_tags(self, chance: np.random.Generator, campaigns: int) -> None:
        sequences: list[tuple[str, ...]] = [()]
        self._tag_high = [1]
        for one in LANGUAGES:
            sequences += tag_sequences(chance, one.TAGS, rare_tags(one.TAG_STEMS))
            self._tag_high.append(len(sequences))
        sequences += [one.DEBATE_TAGS for one in LANGUAGES]
        self._trains_from = len(sequences)
        sequences += [train(chance, LANGUAGES[number % 2]) for number in range(campaigns)]
        self.tags = pa.array([list(one) for one in sequences], pa.list_(pa.string()))
        self.tags_said = pa.array(["".join(f" #{tag}" for tag in one) for one in sequences], pa.string())

    def draw_tags(
        self, chance: np.random.Generator, language: Ints, *, debate: npt.NDArray[np.bool_]
    ) -> Ints:
        """Return a hashtag sequence for each element of `language`; the debate's own while it lasts."""
        language = language.astype(np.int64)
        low = np.asarray(self._tag_high[:-1])[language]
        high = np.asarray(self._tag_high[1:])[language]
        drawn = low + ((high - low) ** chance.random(len(language)) - 1).astype(np.int32)
        mood = chance.random(len(language))
        drawn = np.where(debate & (mood > 1 - ABOUT_THE_DEBATE), self._tag_high[-1] + language, drawn)
        return np.where(mood < UNTAGGED, 0, drawn)

    def train(self, number: int) -> int:
        """Return the hashtag sequence of campaign `number`."""
        return self._trains_from + number - 1


def spread(text: str, before: str, after: str) -> list[str]:
    """Return `text` with `{place}`, `{name}` and `{n}` filled in every way, `~` as a no-break space."""
    filled = product(
        PLACES if "{place}" in text else ("",),
        CANDIDATE_NAMES if "{name}" in text else ("",),
        NUMBERS if "{n}" in text else ("",),
    )
    return [before + fill(text, place=place, name=name, n=n) + after for place, name, n in filled]


def fill(text: str, **slots: object) -> str:
    """Return `text` with its slots filled, French `de` and `que` elided before a vowel."""
    return ELISION.sub("\\1’", text.format(**slots)).replace("~", NO_BREAK)


def reworded(masters: Iterable[Sequence[Sequence[str]]], name: str) -> Iterable[str]:
    """Return every wording of each master text: one choice for each of its parts."""
    for parts in masters:
        for choice in product(*parts):
            yield fill("".join(choice), name=name)


def altered(master: str) -> list[str]:
    """Return a text as it stands, then as people alter it to look like its author."""
    master = fill(master)
    return [
        master,
        master.upper(),
        master.rstrip(".!"),
        *(master + more for more in (" 🤔", " 👀", " 😡", "..", " 👇")),
    ]


def article(outlet: int, slug: int, number: int) -> str:
    """Return the address of an article."""
    domain, language = OUTLETS[outlet]
    return f"https://{domain}/2026/{LANGUAGES[language].SLUGS[slug]}-{number}"


def rare_tags(stems: Sequence[str]) -> list[str]:
    """Return hashtags that few people use: a subject and a place."""
    return [f"{stem}{place.replace('-', '').replace(' ', '')}" for stem, place in product(stems, PLACES)]


def tag_sequences(
    chance: np.random.Generator, common: Sequence[str], rare: Sequence[str]
) -> list[tuple[str, ...]]:
    """Return sequences as people use them, the commonest first: one usual tag, then mixtures."""
    liking = -np.log(1 + np.arange(len(common))) + chance.gumbel(size=(MIXTURES, len(common)))
    usual = np.argsort(-liking, axis=1).tolist()  # drawn without replacement, the first tags more often
    length = chance.integers(1, 4, MIXTURES).tolist()
    last = np.where(chance.random(MIXTURES) < RARELY_TAGGED, chance.integers(0, len(rare), MIXTURES), NONE)
    mixtures = [
        (*(common[place] for place in places[:size]), *([rare[end]] if end != NONE else []))
        for places, size, end in zip(usual, length, last.tolist(), strict=True)
    ]
    sequences = [*((tag,) for tag in common), *mixtures]
    return list(dict.fromkeys(sequences))


def train(chance: np.random.Generator, language: object) -> tuple[str, ...]:
    """Return a campaign's long sequence of hashtags."""
    pool: Sequence[str] = language.TRAIN_TAGS  # type: ignore[attr-defined]  # a module of texts
    return tuple(pool[place] for place in chance.permutation(len(pool))[:5])
