"""What people do without anyone's orders: they post, link, share and answer, in crowds and in bursts.

Openly coordinated and merely zealous accounts are here too, because they are what a detector must not accuse:
newsrooms of one syndicate, fans of one star, hyperactive people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vigie.exercise.acts import COMMENT, POST, SHARE, acts, joined
from vigie.exercise.rhythm import reach
from vigie.exercise.world import BILINGUAL, EVERYONE
from vigie.terms.times import DAY_MS, HOUR_MS, MINUTE_MS

if TYPE_CHECKING:
    from vigie.exercise.acts import Acts, Floats, Ints
    from vigie.exercise.lexicon import Lexicon
    from vigie.exercise.rhythm import Rhythm
    from vigie.exercise.world import World

ORIGINALS = 0.325  # of all posts
LINKING = 0.11  # of the originals
COMMENTS = 0.135  # of all posts
ZIPF_SHIFT = 20.0  # flattens the head of the popularity law
SHARE_DECAY = 1.15
SHARE_SCALE_S = 2400.0
AT_HOME = 0.78  # share of actions inside one's own community
LIVE = 0.4  # of the candidates' posts come on the evenings of debates
REPUBLISHED = 0.85  # chance that a newsroom runs an article of its syndicate
IN_OWN_LANGUAGE = 0.85  # of the articles linked
FAN_SHARES = 12  # of a typical fan
IMAGES = 0.07  # of the ordinary posts


@dataclass(frozen=True, kw_only=True)
class Originals:
    """Posts that others may share and answer; they are the first actions of the conversation."""

    acts: Acts
    audience: Ints  # the community each post is seen in, or EVERYONE
    shares: Floats  # each post's part of all shares
    by_rank: Ints  # places of posts, the most popular first
    scale_s: Floats  # how fast interest in each post fades
    of_candidate: tuple[Ints, ...]  # places of each candidate's posts


def originals(
    chance: np.random.Generator, world: World, rhythm: Rhythm, lexicon: Lexicon, *, posts: int
) -> Originals:
    """Return the posts that start something."""
    wanted = round(ORIGINALS * posts)
    cast = world.cast
    days = (rhythm.end_ms - rhythm.start_ms) / DAY_MS
    parts = [
        candidate_posts(
            chance, world, rhythm, each=int(np.clip(wanted * 0.05 / len(cast.candidates), 4, 7 * days))
        ),
        star_posts(chance, world, rhythm, each=int(np.clip(wanted // 60, 6, 8 * days))),
        *(wire(chance, world, rhythm, lexicon, desk, posts=posts) for desk in range(len(cast.newsrooms))),
        linking_posts(chance, world, rhythm, lexicon, count=round(LINKING * wanted)),
    ]
    parts.append(plain_posts(chance, world, rhythm, lexicon, count=wanted - sum(map(len, parts))))
    every = joined(parts)
    audience = world.community[every.author].astype(np.int16)
    audience[: len(parts[0])] = EVERYONE
    scale_s = SHARE_SCALE_S * chance.lognormal(0.0, 0.7, len(every))
    by_rank, shares = popularity(chance, world, every, famous=len(parts[0]) + len(parts[1]))
    shares *= reach(rhythm.room_s(every.at_ms), scale_s=scale_s, decay=SHARE_DECAY)
    return Originals(
        acts=every,
        audience=audience,
        shares=shares / shares.sum(),
        by_rank=by_rank,
        scale_s=scale_s,
        of_candidate=tuple(np.flatnonzero(parts[0].author == one) for one in cast.candidates),
    )


def candidate_posts(chance: np.random.Generator, world: World, rhythm: Rhythm, *, each: int) -> Acts:
    """Return what candidates post, much of it on the evenings of debates."""
    author = np.repeat(np.asarray(world.cast.candidates), each)
    at_ms = rhythm.moments(chance, world.zone[author])
    debate = chance.choice(rhythm.debates_ms, len(author)) + chance.exponential(1.2 * HOUR_MS, len(author))
    live = chance.random(len(author)) < LIVE
    at_ms = np.where(live & (debate < rhythm.end_ms - HOUR_MS), debate, at_ms).astype(np.int64)
    return acts(POST, at_ms=at_ms, author=author)


def star_posts(chance: np.random.Generator, world: World, rhythm: Rhythm, *, each: int) -> Acts:
    """Return what the stars post."""
    author = np.repeat(np.asarray(world.cast.stars), each)
    return acts(POST, at_ms=rhythm.moments(chance, world.zone[author]), author=author)


def wire(
    chance: np.random.Generator, world: World, rhythm: Rhythm, lexicon: Lexicon, desk: int, *, posts: int
) -> Acts:
    """Return how the newsrooms of one syndicate link the same articles within minutes, openly."""
    newsroom = np.asarray(world.cast.newsrooms[desk])
    count = int(np.clip(posts // 1500, 8, 80))
    articles = chance.choice(lexicon.articles_of(desk), count, replace=False)
    out_ms = rhythm.moments(chance, np.zeros(count, np.int8))
    article, member = np.nonzero(chance.random((count, len(newsroom))) < REPUBLISHED)
    at_ms = out_ms[article] + chance.exponential(45_000, len(article)).astype(np.int64)
    at_ms = np.minimum(at_ms, rhythm.end_ms - MINUTE_MS)
    return acts(POST, at_ms=at_ms, author=newsroom[member], link=articles[article])


def linking_posts(
    chance: np.random.Generator, world: World, rhythm: Rhythm, lexicon: Lexicon, *, count: int
) -> Acts:
    """Return posts that link an article, most of them soon after it came out."""
    zones = np.zeros(lexicon.article_count, np.int8)
    out_ms = rhythm.moments(chance, zones)
    article = by_zipf(chance, lexicon.article_count, count)
    author = world.crowd.draw(chance, np.full(count, EVERYONE))
    speaks = world.speaks[author]
    readable = (speaks != BILINGUAL) & (chance.random(count) < IN_OWN_LANGUAGE)
    article = np.where(readable, article // 2 * 2 + speaks, article)  # French and English in turn
    at_ms = rhythm.echoes(chance, out_ms[article], world.zone[author], scale_s=3600.0, decay=0.8)
    return acts(POST, at_ms=at_ms, author=author, link=article)


def plain_posts(
    chance: np.random.Generator, world: World, rhythm: Rhythm, lexicon: Lexicon, *, count: int
) -> Acts:
    """Return what people post on their own, sometimes with an image that goes round."""
    author = world.crowd.draw(chance, np.full(count, EVERYONE))
    image = np.where(chance.random(count) < IMAGES, by_zipf(chance, lexicon.image_count, count), -1)
    return acts(POST, at_ms=rhythm.moments(chance, world.zone[author]), author=author, image=image)


def by_zipf(chance: np.random.Generator, things: int, count: int) -> Ints:
    """Return `count` draws among `things`, the first ones far more often."""
    shift = 8.0
    drawn = shift * ((things + shift) / shift) ** chance.random(count) - shift
    return np.minimum(drawn.astype(np.int32), things - 1)


def popularity(chance: np.random.Generator, world: World, every: Acts, *, famous: int) -> tuple[Ints, Floats]:
    """Return the posts by rank and each one's part of all shares, by Zipf's law.

    Known people are ahead; luck does the rest. The first `famous` posts are those of candidates and stars.
    """
    fame = 0.5 * np.log1p(world.followers[every.author]) + chance.normal(0.0, 1.6, len(every))
    fame[:famous] += 0.5
    fame[every.link >= 0] -= 1.0
    by_rank = np.argsort(-fame, kind="stable").astype(np.int32)
    shares = np.empty(len(every))
    shares[by_rank] = 1 / (np.arange(len(every)) + ZIPF_SHIFT)
    return by_rank, shares


def comments(
    chance: np.random.Generator, world: World, rhythm: Rhythm, started: Originals, *, count: int
) -> Acts:
    """Return answers: half to candidates, half to what is popular."""
    of_candidates = np.concatenate(started.of_candidate)
    drawn = chance.lognormal(0.0, 1.0, len(of_candidates)).cumsum()
    to_candidate = of_candidates[np.searchsorted(drawn, chance.random(count // 2) * drawn[-1])]
    drawn = started.shares.cumsum()
    to_popular = np.searchsorted(drawn, chance.random(count - count // 2) * drawn[-1])
    about = np.concatenate((to_candidate, np.minimum(to_popular, len(drawn) - 1)))
    author = world.crowd.draw(chance, mostly_at_home(chance, started.audience[about]))
    at_ms = rhythm.echoes(chance, started.acts.at_ms[about], world.zone[author], scale_s=1200.0, decay=1.0)
    return acts(COMMENT, at_ms=at_ms, author=author, about=about)


def mostly_at_home(chance: np.random.Generator, audience: Ints) -> Ints:
    """Return the community each actor comes from: usually the one that sees the post."""
    return np.where(chance.random(len(audience)) < AT_HOME, audience, EVERYONE)


def fan_shares(
    chance: np.random.Generator, world: World, started: Originals, *, star: int, end_ms: int
) -> Acts:
    """Return how a club of fans shares its star's posts within a minute or so."""
    club = np.asarray(world.cast.fans[star])
    theirs = np.flatnonzero(started.acts.author == world.cast.stars[star])
    zeal = chance.beta(1.6, 1.6 * max(len(theirs) / FAN_SHARES - 1, 1), len(club))
    post, fan = np.nonzero(chance.random((len(theirs), len(club))) < zeal[None, :])
    delay = (3_000 + chance.lognormal(np.log(40_000), 0.9, len(post))).astype(np.int64)
    at_ms = np.minimum(started.acts.at_ms[theirs[post]] + delay, end_ms - 1)
    return acts(SHARE, at_ms=at_ms, author=club[fan], about=theirs[post])


def desk_shares(
    chance: np.random.Generator, world: World, started: Originals, *, desk: int, end_ms: int
) -> Acts:
    """Return how newsrooms pass on what the first of them posts, openly and within minutes."""
    newsroom = np.asarray(world.cast.newsrooms[desk])
    wired = np.flatnonzero(started.acts.author == newsroom[0])[::2]
    post, member = np.nonzero(chance.random((len(wired), len(newsroom) - 1)) < REPUBLISHED)
    at_ms = started.acts.at_ms[wired[post]] + 20_000 + chance.exponential(60_000, len(post)).astype(np.int64)
    return acts(SHARE, at_ms=np.minimum(at_ms, end_ms - 1), author=newsroom[1:][member], about=wired[post])


def open_shares(chance: np.random.Generator, world: World, started: Originals, *, end_ms: int) -> Acts:
    """Return the shares of fans and newsrooms."""
    clubs = [
        fan_shares(chance, world, started, star=star, end_ms=end_ms) for star in range(len(world.cast.stars))
    ]
    desks = [
        desk_shares(chance, world, started, desk=desk, end_ms=end_ms)
        for desk in range(len(world.cast.newsrooms))
    ]
    return joined([*clubs, *desks])


def shares(
    chance: np.random.Generator, world: World, rhythm: Rhythm, started: Originals, *, count: int
) -> Acts:
    """Return what people pass on: what is popular, in bursts, mostly inside their community."""
    about = np.repeat(np.arange(len(started.acts), dtype=np.int32), chance.multinomial(count, started.shares))
    author = world.crowd.draw(chance, mostly_at_home(chance, started.audience[about]))
    for _ in range(2):
        author = once_each(chance, world, about, author)
    at_ms = rhythm.echoes(
        chance,
        started.acts.at_ms[about],
        world.zone[author],
        scale_s=started.scale_s[about],
        decay=SHARE_DECAY,
    )
    return acts(SHARE, at_ms=at_ms, author=author, about=about)


def once_each(chance: np.random.Generator, world: World, about: Ints, author: Ints) -> Ints:
    """Return `author` with others in place of those who would share a post a second time."""
    pair = about.astype(np.int64) * len(world) + author
    order = np.argsort(pair, kind="stable")  # the same on every processor
    again = order[1:][np.diff(pair[order]) == 0]
    author = author.copy()
    author[again] = world.crowd.draw(chance, np.full(len(again), EVERYONE))
    return author


def languages(chance: np.random.Generator, world: World, every: Acts, lexicon: Lexicon) -> Ints:
    """Return the language of each action: its author's, its ready text's, or that of the post shared."""
    speaks = world.speaks[every.author]
    spoken = np.where(speaks < BILINGUAL, speaks, chance.integers(0, 2, len(speaks), dtype=np.int8))
    ready = every.text >= 0
    spoken[ready] = lexicon.language_of_whole[every.text[ready]]
    passed_on = every.kind == SHARE
    spoken[passed_on] = spoken[every.about[passed_on]]
    return spoken.astype(np.int8)
