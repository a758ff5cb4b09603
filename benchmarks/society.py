"""A second generator, on other assumptions than `vigie.exercise` and synthfp: people with little attention.

Nothing draws "echoes of a post". People open the network in sessions, by the clock of their own time zone,
heavy-tailed in how often and how long; each session shows what those they follow did since the last one,
newest first, as far as attention reaches, and what is trending; they pass on, one a few seconds after the
other, the few things that are to their community's taste. Cascades over the follower graph follow (a Hawkes
process whose offspring wait for the next session). Events draw people in. What coordinates innocently:

- newsroom: staff whose accounts pass on their desk's articles, most of them by machine
- fan: notified of every post of a star
- feed_bot: machines of unrelated people that post the same feed's addresses
- hyperactive: dozens of sessions a day
- sharers by button, whose text is the article's headline

Operations have handlers who work shifts in another time zone, go from account to account, skip some, are
interrupted, use what they have twice, and let some accounts be run by a machine; their accounts live as
people otherwise:

- shift: each target passed on by one account after another, by hand
- semi_auto: half by machine within seconds, the others by hand within the hour
- warm_up: a week as people, then seldom together
- assets: texts with small changes, the same images and addresses
- swarm: answers to one person's posts, within two hours
- ring: accounts that pass each other's posts on, seldom and late

The same seed gives the same posts. `python society.py` prints what is in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numba
import numpy as np
import pyarrow as pa

from vigie.terms.posts import POSTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
START_MS = 20_400 * DAY_MS
DAYS = 12
ZONES_H = np.array([-8, -7, -6, -5, -5, -5, -4, 0, 1])
STAY = 0.75  # of those followed, the part inside one's community
TRENDING = 30
COLUMNS = (
    "post_id",
    "author",
    "created_ms",
    "share_of",
    "in_reply_to",
    "links",
    "hashtags",
    "media",
    "body",
    "lang",
)
OPERATIONS = ("shift", "semi_auto", "warm_up", "assets", "swarm", "ring")


@dataclass(frozen=True, kw_only=True)
class Made:
    """Posts, and the part each account plays: `account`, `role`, `kind`, as in an exercise's truth."""

    posts: pa.Table
    truth: pa.Table


class Log:
    """What was done, column by column, before it has ids."""

    def __init__(self) -> None:
        self.rows: list[dict[str, object]] = []

    def add(self, account: int, at_ms: float, **more: object) -> int:
        """Keep an act, and return its number."""
        self.rows.append({"account": account, "at_ms": int(at_ms), **more})
        return len(self.rows) - 1


class Society:
    """Who there is: communities, tastes, clocks, whom they follow, how much they attend."""

    def __init__(self, chance: np.random.Generator, people: int) -> None:
        self.chance, self.people = chance, people
        sizes = chance.pareto(1.1, max(8, people // 500)) + 1
        self.community = chance.choice(len(sizes), people, p=sizes / sizes.sum())
        home = ZONES_H[chance.integers(0, len(ZONES_H), len(sizes))]
        strays = chance.random(people) < 0.2
        self.zone = np.where(strays, ZONES_H[chance.integers(0, len(ZONES_H), people)], home[self.community])
        self.lang = np.where(chance.random(len(sizes)) < 0.3, "fr", "en")[self.community]
        self.sessions_per_day = np.minimum(chance.lognormal(-0.3, 1.0, people), 12)
        self.attention = np.minimum(chance.lognormal(2.3, 0.8, people), 150).astype(np.int64)
        self.eagerness = chance.beta(0.6, 7, people)
        self.talks = chance.beta(0.7, 2.5, people)
        self.fame = chance.pareto(0.9, people) + 1
        self.first, self.followed = self._graph()

    def _graph(self) -> tuple[Ints, Ints]:
        """Return whom each follows: their own community by fame, then anybody by fame, each once."""
        degree = np.minimum(self.chance.lognormal(2.8, 0.7, self.people), 300).astype(np.int64) + 1
        who = np.repeat(np.arange(self.people), degree)
        order = np.argsort(self.community, kind="stable")
        weight = np.cumsum(self.fame[order])
        ends = np.searchsorted(self.community[order], np.arange(self.community.max() + 2))
        low = np.concatenate(([0.0], weight))[ends[self.community[who]]]
        high = np.concatenate(([0.0], weight))[ends[self.community[who] + 1]]
        draw = self.chance.random(len(who))
        inside = low + draw * (high - low)
        anywhere = draw * weight[-1]
        at = np.where(self.chance.random(len(who)) < STAY, inside, anywhere)
        whom = order[np.minimum(np.searchsorted(weight, at), self.people - 1)]
        edges = np.unique((who * self.people + whom)[who != whom])
        return np.searchsorted(edges // self.people, np.arange(self.people + 1)), edges % self.people


def sessions(society: Society, days: int) -> tuple[Ints, Ints]:
    """Return who opens the network when, in the order of time: by day more than by night, more at events."""
    chance = society.chance
    count = chance.poisson(society.sessions_per_day * days * 2.4)  # two thirds are turned away below
    who = np.repeat(np.arange(society.people), count)
    at = START_MS + chance.random(len(who)) * days * DAY_MS
    local_hour = (at / HOUR_MS + society.zone[who]) % 24
    awake = np.exp(1.6 * np.cos((local_hour - 20) * np.pi / 12) - 1.6)
    stir = np.ones(len(who))
    for _event in range(max(2, days // 4)):
        began, length = START_MS + chance.random() * days * DAY_MS, HOUR_MS * chance.uniform(0.4, 2.5)
        stir += 4.0 * ((at >= began) & (at < began + length))
    kept = chance.random(len(who)) < awake * stir / 3.0
    order = np.argsort(at[kept], kind="stable")
    return who[kept][order], at[kept][order].astype(np.int64)


@numba.njit(cache=False)
def live(  # noqa: C901, PLR0912, PLR0915 (one loop, compiled)
    who: Ints,
    at_ms: Ints,
    first: Ints,
    followed: Ints,
    attention: Ints,
    eagerness: Floats,
    talks: Floats,
    community: Ints,
    chance: np.random.Generator,
) -> tuple[Ints, Ints, Ints]:
    """Let everybody read and write; return account, moment and root of each act: a post is its own."""
    room = len(who) * 4 + 1000
    account, moment, root = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int64)
    before = np.full(room, -1)
    newest = np.full(len(attention), -1)
    visited = np.zeros(len(attention), np.int64)
    appeal, taste = np.empty(room), np.empty(room, np.int64)
    often = np.zeros(room, np.int64)
    trending = np.full(TRENDING, -1)
    done = 0
    seen = np.empty(2000, np.int64)
    for session in range(len(who)):
        one, now = who[session], at_ms[session]
        found = 0
        since = max(visited[one], now - 2 * DAY_MS)
        for place in range(first[one], first[one + 1]):
            act = newest[followed[place]]
            walked = 0
            while act >= 0 and moment[act] > since and walked < 10 and found < 1900:
                if moment[act] <= now:
                    seen[found] = act
                    found += 1
                act = before[act]
                walked += 1
        for place in range(TRENDING):
            if trending[place] >= 0 and chance.random() < 0.1:
                seen[found] = trending[place]
                found += 1
        visited[one] = now
        order = np.argsort(-moment[seen[:found]])
        clock = float(now)
        for place in range(min(found, attention[one])):
            thing = root[seen[order[place]]]
            clock += chance.exponential(6_000.0)
            if done >= room - 2 or account[thing] == one:
                continue
            liking = appeal[thing] * (1.0 if taste[thing] == community[one] else 0.15)
            if chance.random() >= eagerness[one] * liking:
                continue
            act, walked, again = newest[one], 0, False
            while act >= 0 and walked < 60 and not again:
                again = root[act] == thing
                act = before[act]
                walked += 1
            if again:
                continue
            account[done], moment[done], root[done] = one, int(clock), thing
            before[done], newest[one] = newest[one], done
            often[thing] += 1
            slot = thing % TRENDING
            if trending[slot] < 0 or often[thing] > often[trending[slot]] * np.exp(
                (moment[trending[slot]] - now) / (6.0 * HOUR_MS)
            ):
                trending[slot] = thing
            done += 1
        if chance.random() < talks[one] and done < room - 2:
            account[done], moment[done], root[done] = one, int(clock + chance.exponential(40_000.0)), done
            before[done], newest[one] = newest[one], done
            appeal[done], taste[done] = np.exp(chance.normal(0.2, 1.2)), community[one]
            done += 1
    return account[:done], moment[:done], root[:done]


def generated(*, seed: int, people: int = 20_000, days: int = DAYS) -> Made:
    """Return some days of a society with six operations in it."""
    chance = np.random.default_rng([seed, 0x50C1E7])
    society = Society(chance, people)
    roles = np.array(["organic"] * people, object)
    busy = chance.choice(people, people // 200, replace=False)
    society.sessions_per_day[busy] = chance.uniform(25, 60, len(busy))
    roles[busy] = "hyperactive"
    who, at_ms = sessions(society, days)
    account, moment, root = live(
        who,
        at_ms,
        society.first,
        society.followed,
        society.attention,
        society.eagerness,
        society.talks,
        society.community,
        chance,
    )
    log = Log()
    _everyday(log, society, account, moment, root)
    free = iter(chance.permutation(np.flatnonzero(roles == "organic")).tolist())
    world = _World(log, society, days, roles, np.array(["organic"] * people, object), free)
    for part in (_newsrooms, _fans, _feed_bots, _shift, _semi_auto, _warm_up, _assets, _swarm, _ring):
        part(world)
    return Made(posts=_posts(log, society), truth=_truth(world))


@dataclass(frozen=True)
class _World:
    log: Log
    society: Society
    days: int
    roles: NDArray[np.object_]
    kinds: NDArray[np.object_]
    free: object

    def some(self, count: int, role: str, kind: str = "") -> Ints:
        """Return accounts that played no part yet; they play this one now."""
        taken = np.array([next(self.free) for _ in range(count)])  # type: ignore[call-overload]
        self.roles[taken], self.kinds[taken] = role, kind or role
        return taken

    def moments(self, count: int, *, first_day: float = 0, zone_h: int = -5, weekdays: bool = False) -> Ints:
        """Return moments of a working day, in order."""
        chance = self.society.chance
        day = chance.integers(int(first_day), self.days, count * 3)
        if weekdays:
            day = day[(START_MS // DAY_MS + day + 3) % 7 < 5]
        hour = chance.uniform(9, 18, len(day)) - zone_h
        return np.sort((START_MS + day * DAY_MS + hour * HOUR_MS)[:count].astype(np.int64))

    def targets(self, moments: Ints) -> list[int]:
        """Return for each moment an act of the log, some hours old at most: what somebody posted."""
        chance = self.society.chance
        times = np.array([row["at_ms"] for row in self.log.rows])
        own = np.array([row.get("share_of") is None for row in self.log.rows])
        places = np.flatnonzero(own)[np.argsort(times[own], kind="stable")]
        ends = np.searchsorted(times[places], moments)
        return [int(places[max(0, end - 1 - int(chance.exponential(150)))]) for end in ends]


def _everyday(log: Log, society: Society, account: Ints, moment: Ints, root: Ints) -> None:
    """Write down what people did: posts with words, some with an address, a tag, an image, an answer."""
    chance = society.chance
    headline = [_words(chance, 9) for _ in range(400)]
    popular = 1 / np.arange(1, 401) ** 0.9
    popular /= popular.sum()
    number = np.arange(len(account))
    draws = chance.random((len(account), 4))
    article = chance.choice(400, len(account), p=popular)
    for act in number.tolist():
        one, at, thing = int(account[act]), int(moment[act]), int(root[act])
        if thing != act:
            answers = draws[act, 0] < 0.15
            more = {"in_reply_to": thing, "body": _words(chance, 8)} if answers else {"share_of": thing}
            log.add(one, at, **more)
            continue
        more = {"body": _words(chance, int(chance.integers(4, 20)))}
        if draws[act, 1] < 0.25:
            which = int(article[act])
            more["link"] = f"https://news{which % 23}.example/{which}"
            if draws[act, 2] < 0.35:  # the button of the page writes the headline
                more["body"] = f"{headline[which]} via news{which % 23}"
        if draws[act, 3] < 0.2:
            more["hashtags"] = [f"c{society.community[one]}t{int(chance.zipf(1.6)) % 40}" for _ in range(2)]
        elif draws[act, 3] < 0.3:
            more["image"] = f"{int(chance.zipf(1.3)) % 100_000:08}"
        log.add(one, at, **more)


def _words(chance: np.random.Generator, count: int) -> str:
    """Return words that nobody knows, the frequent ones short."""
    ranks = np.minimum(chance.zipf(1.15, count), 60_000)
    return " ".join(_word(int(rank)) for rank in ranks)


def _word(rank: int) -> str:
    syllables = ("ba", "ko", "li", "tu", "re", "mon", "sa", "vi", "del", "po", "né", "qua", "ir", "ou", "fé")
    word = ""
    rank += 3
    while rank:
        rank, place = divmod(rank, len(syllables))
        word += syllables[place]
    return word


def _newsrooms(world: _World) -> None:
    """Desks post articles; their people's accounts pass them on, most by machine."""
    chance = world.society.chance
    for room in range(3):
        staff = world.some(int(chance.integers(5, 10)), "newsroom")
        machine = chance.random(len(staff)) < 0.7
        for number, at in enumerate(world.moments(40 * world.days // DAYS, zone_h=-5)):
            post = world.log.add(
                int(staff[0]),
                at,
                body=_words(chance, 10),
                link=f"https://desk{room}.example/{number}",
            )
            for one, by_machine in zip(staff[1:], machine[1:], strict=True):
                wait_s = chance.uniform(5, 50) if by_machine else chance.lognormal(6.5, 1)
                if chance.random() < (0.8 if by_machine else 0.25):
                    world.log.add(int(one), at + 1000 * wait_s, share_of=post)


def _fans(world: _World) -> None:
    """Stars post; those notified pass it on when awake, a few minutes later."""
    chance = world.society.chance
    for _club in range(4):
        club = world.some(int(chance.integers(20, 60)), "fan")
        star, zone = int(club[0]), world.society.zone[club]
        keenness = chance.beta(2, 3, len(club))
        for at in world.moments(25 * world.days // DAYS, zone_h=-4):
            post = world.log.add(star, at, body=_words(chance, 8))
            awake = ((at / HOUR_MS + zone) % 24).mean() > 7
            for one, keen in zip(club[1:], keenness[1:], strict=True):
                if awake and chance.random() < keen:
                    world.log.add(int(one), at + 1000 * (10 + chance.lognormal(5.2, 1.3)), share_of=post)


def _feed_bots(world: _World) -> None:
    """Machines of unrelated people post what the same feed brings, at the minute it comes."""
    chance = world.society.chance
    for feed in range(2):
        bots = world.some(4, "feed_bot")
        delay_s = chance.uniform(5, 600, len(bots))  # how often each looks
        for number, at in enumerate(world.moments(60 * world.days // DAYS, zone_h=0)):
            for one, delay in zip(bots, delay_s, strict=True):
                if chance.random() < 0.85:
                    world.log.add(
                        int(one),
                        at + 1000 * chance.uniform(0.3, 1) * delay,
                        body=_words(chance, 6),
                        link=f"https://feed{feed}.example/{number}",
                    )


def _handled(
    world: _World, accounts: Ints, start_ms: float, *, gap_s: float, skip: float
) -> list[tuple[int, float]]:
    """Return who acts when: a handler goes from account to account, skips some, is interrupted."""
    chance = world.society.chance
    at, acts = start_ms, []
    for one in chance.permutation(accounts).tolist():
        if chance.random() < skip:
            continue
        at += 1000 * chance.lognormal(np.log(gap_s), 0.6)
        if chance.random() < 0.05:
            at += MINUTE_MS * chance.uniform(5, 40)
        acts.append((int(one), at))
    return acts


def _shift(world: _World) -> None:
    """Three handlers, two shifts; each target goes through a handler's accounts by hand."""
    chance = world.society.chance
    accounts = world.some(24, "campaign", "shift")
    moments = world.moments(30 * world.days // DAYS, zone_h=3, weekdays=True)
    for at, target in zip(moments, world.targets(moments), strict=True):
        for hand in np.array_split(accounts, 3):
            if chance.random() < 0.7:
                start = at + MINUTE_MS * chance.exponential(6)
                for one, when in _handled(world, hand, start, gap_s=35, skip=0.25):
                    world.log.add(one, when, share_of=target)


def _semi_auto(world: _World) -> None:
    """A tool acts for half of the accounts at once; the others are worked by hand within the hour."""
    chance = world.society.chance
    accounts = world.some(30, "campaign", "semi_auto")
    moments = world.moments(20 * world.days // DAYS, zone_h=8)
    for at, target in zip(moments, world.targets(moments), strict=True):
        for one in accounts[:15].tolist():
            if chance.random() < 0.8:
                world.log.add(int(one), at + 1000 * chance.uniform(1, 25), share_of=target)
        for one, when in _handled(world, accounts[15:], at + 5 * MINUTE_MS, gap_s=150, skip=0.4):
            world.log.add(one, when, share_of=target)


def _warm_up(world: _World) -> None:
    """A week as people, then three targets a day, with minutes between the accounts."""
    accounts = world.some(20, "campaign", "warm_up")
    first_day = world.days * 7 // 12
    moments = world.moments(3 * (world.days - first_day), first_day=first_day, zone_h=3)
    for at, target in zip(moments, world.targets(moments), strict=True):
        for one, when in _handled(world, accounts, at, gap_s=60, skip=0.35):
            world.log.add(one, when, share_of=target)


def _assets(world: _World) -> None:
    """One sheet of texts, images and addresses, used again with small changes, by hand."""
    chance = world.society.chance
    accounts = world.some(18, "campaign", "assets")
    sheet = [_words(chance, 16) for _ in range(12)]
    for number, at in enumerate(world.moments(16 * world.days // DAYS, zone_h=3, weekdays=True)):
        text, image = sheet[int(chance.integers(12))], f"op{int(chance.integers(6))}"
        for one, when in _handled(world, accounts, at, gap_s=80, skip=0.45):
            more: dict[str, object] = {"body": _changed(chance, text)}
            if chance.random() < 0.5:
                more["image"] = image
            if chance.random() < 0.4:
                more["link"] = f"https://truth{number % 5}.example/"
            world.log.add(one, when, **more)


def _changed(chance: np.random.Generator, text: str) -> str:
    words = text.split()
    if chance.random() < 0.5:
        words[int(chance.integers(len(words)))] = _words(chance, 1)
    return " ".join(words) + str(chance.choice(["", "", "!", " 🔥", " #now"]))


def _swarm(world: _World) -> None:
    """Answers to each post of one person, within two hours, in words of their own."""
    chance = world.society.chance
    accounts = world.some(25, "campaign", "swarm")
    person = int(world.some(1, "organic")[0])
    for at in world.moments(14 * world.days // DAYS, zone_h=-5):
        post = world.log.add(person, at, body=_words(chance, 12))
        for one in accounts[chance.random(len(accounts)) < 0.5].tolist():
            wait = MINUTE_MS * chance.uniform(2, 120)
            world.log.add(int(one), at + wait, in_reply_to=post, body=_words(chance, 9))
        for one in chance.integers(0, world.society.people, 12).tolist():  # whoever else answers
            world.log.add(
                int(one), at + HOUR_MS * chance.exponential(4), in_reply_to=post, body=_words(chance, 9)
            )


def _ring(world: _World) -> None:
    """Accounts that pass each other's posts on, seldom and within the half-hour."""
    chance = world.society.chance
    accounts = world.some(12, "campaign", "ring")
    for at in world.moments(18 * world.days // DAYS, zone_h=1):
        author = int(chance.choice(accounts))
        post = world.log.add(author, at, body=_words(chance, 11))
        for one in accounts[(accounts != author) & (chance.random(len(accounts)) < 0.3)].tolist():
            world.log.add(int(one), at + MINUTE_MS * chance.uniform(1, 30), share_of=post)


def _posts(log: Log, society: Society) -> pa.Table:
    """Return the log as canonical posts, in the order of time, those after the last day too."""
    rows = log.rows
    order = np.argsort([row["at_ms"] for row in rows], kind="stable")
    of: Callable[[str], list[object]] = lambda name: [rows[place].get(name) for place in order]  # noqa: E731
    ids = np.array([f"s:{place}" for place in range(len(rows))], object)

    def named(numbers: list[object]) -> list[object]:
        return [None if number is None else ids[number] for number in numbers]

    columns = {
        "post_id": ids[order].tolist(),
        "author": [f"u{account:06}" for account in of("account")],
        "created_ms": of("at_ms"),
        "share_of": named(of("share_of")),
        "in_reply_to": named(of("in_reply_to")),
        "links": [[{"url": url, "domain": str(url).split("/")[2]}] if url else None for url in of("link")],
        "hashtags": of("hashtags"),
        "media": [[{"pdq": image}] if image else None for image in of("image")],
        "body": of("body"),
        "lang": [str(society.lang[account]) for account in of("account")],
    }
    return pa.table(
        [pa.array(columns[name], POSTS.field(name).type) for name in COLUMNS], names=list(COLUMNS)
    )


def _truth(world: _World) -> pa.Table:
    names = [f"u{account:06}" for account in range(world.society.people)]
    return pa.table(
        {
            "account": names,
            "role": pa.array(world.roles.tolist(), pa.string()),
            "kind": pa.array(world.kinds.tolist(), pa.string()),
        }
    )


if __name__ == "__main__":
    made = generated(seed=1)
    print(made.posts.num_rows, made.truth.group_by("kind").aggregate([("account", "count")]).to_pydict())
