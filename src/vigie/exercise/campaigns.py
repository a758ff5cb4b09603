"""Campaigns: accounts that secretly act together, one small function for each way of doing so.

The figures (objects, share of the group on each, seconds) were set beside those of another synthetic set of
500,000 actions, so that pairs of a group share as many objects within 60 seconds here as there: medians of
about 15 (fast), 1 (slow), 13 (popular_only), 2 (sparse) and 7 (cover).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vigie.exercise.acts import COMMENT, POST, SHARE, acts
from vigie.terms.times import HOUR_MS, MINUTE_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vigie.exercise.acts import Acts, Ints
    from vigie.exercise.conversation import Originals
    from vigie.exercise.lexicon import Lexicon
    from vigie.exercise.rhythm import Rhythm
    from vigie.exercise.world import World

PILED_BY = 0.84  # chance that a member answers one of the six posts: about five replies each
LAST_CALL_MS = 3 * HOUR_MS  # no campaign action begins in the last hours of the conversation


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Where and by whom a campaign is carried out."""

    world: World
    rhythm: Rhythm
    lexicon: Lexicon
    started: Originals
    number: int  # of the campaign, from 1
    members: Ints
    target: int  # number of the candidate it is about


@dataclass(frozen=True, kw_only=True)
class Way:
    """How a kind of campaign acts, and on what detection can see it."""

    plant: Callable[[np.random.Generator, Scene], Acts]
    behaviours: tuple[str, ...]


def fast(chance: np.random.Generator, scene: Scene) -> Acts:
    """Share the same posts within seconds of each other."""
    span_ms = int(chance.integers(10_000, 35_000))
    objects = unremarkable(chance, scene, count=30)
    return swarm(chance, scene, objects, taken_by=0.7, span_ms=span_ms)


def slow(chance: np.random.Generator, scene: Scene) -> Acts:
    """Share the same posts over 20 to 50 minutes, so that few shares fall within one."""
    span_ms = int(chance.integers(20, 50)) * MINUTE_MS
    objects = unremarkable(chance, scene, count=42)
    return swarm(chance, scene, objects, taken_by=0.68, span_ms=span_ms)


def popular_only(chance: np.random.Generator, scene: Scene) -> Acts:
    """Share within seconds, but only what everyone shares anyway."""
    ranked = early(scene, scene.started.by_rank)
    head = ranked[: int(np.clip(len(ranked) // 800, 60, 2000))]
    objects = chance.choice(head, 30, replace=False)
    return swarm(chance, scene, objects, taken_by=0.66, span_ms=34_000, after_s=1500.0)


def sparse(chance: np.random.Generator, scene: Scene) -> Acts:
    """Let a few members, drawn anew each time, take each post, so that each account acts rarely."""
    objects = unremarkable(chance, scene, count=24)
    return swarm(chance, scene, objects, taken_by=0.32, span_ms=38_000)


def cover(chance: np.random.Generator, scene: Scene) -> Acts:
    """Hide a few shares made together among many that are not (see `world.activity`)."""
    objects = unremarkable(chance, scene, count=15)
    return swarm(chance, scene, objects, taken_by=0.7, span_ms=34_000)


def pile_on(chance: np.random.Generator, scene: Scene) -> Acts:
    """Answer one candidate's posts with reworded versions of a few texts, all within hours."""
    posts = tightest(early(scene, scene.started.of_candidate[scene.target]), scene, count=6)
    at_ms = scene.started.acts.at_ms[posts]
    waves_ms = np.maximum(at_ms, at_ms.max() - 3 * HOUR_MS) + chance.integers(5, 200, len(posts)) * MINUTE_MS
    member, wave = np.nonzero(some_of(chance, len(scene.members), len(posts), PILED_BY))
    author = scene.members[member]
    replied_ms = waves_ms[wave] + chance.exponential(4 * MINUTE_MS, len(wave)).astype(np.int64)
    return acts(
        COMMENT,
        at_ms=np.minimum(replied_ms, scene.rhythm.end_ms - 1),
        author=author,
        about=posts[wave],
        text=scene.lexicon.pile_on_texts(chance, scene.target, french=author % 2 == 0),
    )


def copypasta(chance: np.random.Generator, scene: Scene) -> Acts:
    """Post the same few texts as one's own, word for word or nearly."""
    wave, author, at_ms = waves(chance, scene, count=8, taken_by=0.75, span_ms=40 * MINUTE_MS)
    speaks = scene.world.speaks[scene.members[0]] == 1
    text = scene.lexicon.copied_texts(chance, wave, scene.number, french=not speaks)
    return acts(POST, at_ms=at_ms, author=author, text=text)


def hashtag_train(chance: np.random.Generator, scene: Scene) -> Acts:
    """Post in different words under the same long sequence of hashtags."""
    _, author, at_ms = waves(chance, scene, count=10, taken_by=0.7, span_ms=3 * MINUTE_MS)
    return acts(
        POST, at_ms=at_ms, author=author, tags=np.full(len(author), scene.lexicon.train(scene.number))
    )


def link_push(chance: np.random.Generator, scene: Scene) -> Acts:
    """Link the articles of a site that nobody else links."""
    wave, author, at_ms = waves(chance, scene, count=10, taken_by=0.65, span_ms=4 * MINUTE_MS)
    return acts(POST, at_ms=at_ms, author=author, link=scene.lexicon.pushed_links(scene.number)[wave])


def image_drop(chance: np.random.Generator, scene: Scene) -> Acts:
    """Post the same images, each in a few minutes, under different words."""
    wave, author, at_ms = waves(chance, scene, count=8, taken_by=0.7, span_ms=4 * MINUTE_MS)
    return acts(POST, at_ms=at_ms, author=author, image=scene.lexicon.dropped_images(scene.number)[wave])


WAYS: Mapping[str, Way] = {
    "fast": Way(plant=fast, behaviours=("share",)),
    "slow": Way(plant=slow, behaviours=("share",)),
    "popular_only": Way(plant=popular_only, behaviours=("share",)),
    "sparse": Way(plant=sparse, behaviours=("share",)),
    "cover": Way(plant=cover, behaviours=("share",)),
    "pile_on": Way(plant=pile_on, behaviours=("reply", "text")),
    "copypasta": Way(plant=copypasta, behaviours=("text",)),
    "hashtag_train": Way(plant=hashtag_train, behaviours=("hashtags",)),
    "link_push": Way(plant=link_push, behaviours=("link",)),
    "image_drop": Way(plant=image_drop, behaviours=("image",)),
}


def early(scene: Scene, places: Ints) -> Ints:
    """Return those posts among `places` that leave a campaign time to act."""
    at_ms = scene.started.acts.at_ms[places]
    chosen: Ints = places[at_ms < scene.rhythm.end_ms - 2 * LAST_CALL_MS]
    if not len(chosen):
        chosen = places[at_ms == at_ms.min()]
    return chosen


def unremarkable(chance: np.random.Generator, scene: Scene, *, count: int) -> Ints:
    """Return posts of the group's community, most of them shared by few people."""
    ranked = early(scene, scene.started.by_rank)
    home = ranked[scene.started.audience[ranked] == scene.world.community[scene.members[0]]]
    pool = home if len(home) >= 4 * count else ranked
    rank = (len(pool) * chance.random(8 * count) ** 2).astype(np.int64)
    return np.asarray(pool[chance.permutation(np.unique(rank))[:count]])


def swarm(
    chance: np.random.Generator,
    scene: Scene,
    objects: Ints,
    *,
    taken_by: float,
    span_ms: int,
    after_s: float = 3600.0,
) -> Acts:
    """Return shares of each object by a random part of the group within `span_ms`.

    Args:
        chance: who, and when.
        scene: the group and its surroundings.
        objects: places of the posts.
        taken_by: chance that a member takes an object; two at least do.
        span_ms: from the first to the last share of an object.
        after_s: how long after a post the group typically begins.
    """
    takes = some_of(chance, len(objects), len(scene.members), taken_by)
    one, member = np.nonzero(takes)
    zone = np.zeros(len(objects), np.int8)
    begun = scene.rhythm.echoes(chance, scene.started.acts.at_ms[objects], zone, scale_s=after_s, decay=1.5)
    begun = np.minimum(begun, scene.rhythm.end_ms - LAST_CALL_MS)
    at_ms = begun[one] + chance.integers(0, span_ms, len(one))
    return acts(SHARE, at_ms=at_ms, author=scene.members[member], about=objects[one])


def waves(
    chance: np.random.Generator, scene: Scene, *, count: int, taken_by: float, span_ms: int
) -> tuple[Ints, Ints, Ints]:
    """Return the wave, the author and the time of posts made in `count` waves of the group."""
    begun = scene.rhythm.moments(chance, np.zeros(count, np.int8))
    begun = np.minimum(begun, scene.rhythm.end_ms - LAST_CALL_MS)
    wave, member = np.nonzero(some_of(chance, count, len(scene.members), taken_by))
    return wave, scene.members[member], begun[wave] + chance.integers(0, span_ms, len(wave))


def some_of(
    chance: np.random.Generator, objects: int, members: int, taken_by: float
) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Return who takes what: each with chance `taken_by`, and two members at least for each object."""
    lot = chance.random((objects, members))
    second = np.partition(lot, min(1, members - 1), axis=1)[:, min(1, members - 1)]
    return lot <= np.maximum(taken_by, second)[:, None]


def tightest(places: Ints, scene: Scene, *, count: int) -> Ints:
    """Return the `count` posts that follow each other most closely."""
    at_ms = scene.started.acts.at_ms[places]
    order = places[np.argsort(at_ms)]
    count = min(count, len(order))
    at_ms = np.sort(at_ms)
    first = int(np.argmin(at_ms[count - 1 :] - at_ms[: len(at_ms) - count + 1]))
    return np.asarray(order[first : first + count])
