"""Exposure: are channels that take an outlet's texts told, and all others left alone?

*Nothing to find*: conversations without campaigns, in which two newsrooms and one site are registered as
outlets of a state though nobody follows them. *Planted*: five channels, half of whose twenty texts are those
of a registered account within a day, every second one altered. Every other channel that is told is false.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tables import show

from vigie.detect import families
from vigie.detect.exposure import REGISTER, detect
from vigie.exercise import SCHEMA, generate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tables import Cell

MIRRORS, EACH, TAKEN, OF_OUTLET = 5, 20, 10, 40
DAY_MS = 86_400_000


def conversation(seed: int) -> tuple[pa.Table, pa.Table]:
    """Return a conversation without campaigns, and who plays which part."""
    made = generate(seed=seed, posts=20_000, days=7, campaigns=[])
    return pa.Table.from_batches(list(made.batches()), schema=SCHEMA), made.truth


def register(*entries: tuple[str, str]) -> pa.Table:
    """Return a register of outlets of a state: identifier, kind."""
    rows = [
        {"identifier": identifier, "kind": kind, "tier": "state-controlled", "name": identifier}
        for identifier, kind in entries
    ]
    return pa.Table.from_pylist(rows, schema=REGISTER)


def told(posts: pa.Table, known: pa.Table) -> tuple[set[str], int]:
    """Return the channels that an analyst is asked about, and how many there are."""
    found = detect(posts, register=known, members=families.detect(posts).members)
    asked = found.channels.filter(found.channels["to_classify"])
    return set(asked["subject"].to_pylist()), found.channel_count


def quiet_row(seeds: Sequence[int]) -> dict[str, Cell]:
    """Return how many channels are told where nothing is to find."""
    false = channels = 0
    for seed in seeds:
        posts, truth = conversation(seed)
        chance = np.random.default_rng(seed)
        newsrooms = sorted(one["account"] for one in truth.to_pylist() if one["role"] == "newsroom")
        sites = sorted({one["domain"] for links in posts["links"].to_pylist() for one in links or ()})
        entries = [(str(one), "account") for one in chance.choice(newsrooms, 2, replace=False)]
        asked, count = told(posts, register(*entries, (str(chance.choice(sites)), "domain")))
        false += len(asked)
        channels += count
    return {"what": "nothing to find", "channels": channels, "planted": 0, "found": 0, "false": false}


def planted_row(seeds: Sequence[int]) -> dict[str, Cell]:
    """Return how many channels that take an outlet's texts are told."""
    found = false = channels = 0
    mirrors = [f"parlotte:mirror{n}" for n in range(MIRRORS)]
    for seed in seeds:
        posts, _truth = conversation(seed)
        chance = np.random.default_rng(seed)
        own = posts.filter(pc.and_(pc.is_null(posts["share_of"]), pc.is_null(posts["in_reply_to"])))
        counted = own.group_by("author").aggregate([("post_id", "count")])
        order = [("post_id_count", "descending"), ("author", "ascending")]
        outlet = counted.sort_by(order)["author"][0].as_py()
        source = own.filter(pc.equal(own["author"], outlet)).slice(0, OF_OUTLET).to_pylist()
        others = own.filter(pc.not_equal(own["author"], outlet)).to_pylist()
        rows = [row for name in mirrors for row in mirror(name, source, others, chance)]
        whole = pa.concat_tables([posts, pa.Table.from_pylist(rows, schema=SCHEMA)])
        asked, count = told(whole, register((outlet, "account")))
        found += len(asked & set(mirrors))
        false += len(asked - set(mirrors))
        channels += count
    return {
        "what": "channels that take half of their texts",
        "channels": channels,
        "planted": MIRRORS * len(seeds),
        "found": found,
        "false": false,
    }


def mirror(
    name: str,
    source: Sequence[dict[str, object]],
    others: Sequence[dict[str, object]],
    chance: np.random.Generator,
) -> list[dict[str, object]]:
    """Return the posts of one channel that takes half of its texts from `source`."""
    rows: list[dict[str, object]] = []
    for number in range(EACH):
        one = (source if number < TAKEN else others)[int(chance.integers(len(source)))]
        later = int(chance.integers(600_000, DAY_MS))
        body = f"{one['body']} 👇" if number % 2 else one["body"]
        if number >= TAKEN:
            body = f"{body} {others[int(chance.integers(len(others)))]['body']}"
        rows.append(
            {"post_id": f"{name}-{number}", "platform": "parlotte", "kind": "post", "author": name,
             "created_ms": int(str(one["created_ms"])) + later, "body": body}
        )  # fmt: skip
    return rows


def run(*, quick: bool, **_options: object) -> dict[str, object]:
    """Measure what is told where nothing is to find, and where something is."""
    runs = 3 if quick else 10
    rows = [quiet_row(range(3_000, 3_000 + runs)), planted_row(range(3_100, 3_100 + runs))]
    show("Channels that an analyst is asked about", rows)
    return {"exposure": rows}


if __name__ == "__main__":
    run(quick=False)
