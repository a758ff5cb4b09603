"""Are the counts right? Row for row against coordination-network-toolkit, and against a plain reading.

The toolkit counts for each directed pair the first account's distinct messages (`weight`): our
`post_count`. It drops every row after the first with a message id it has seen (`insert or ignore`), also
when the row names another object. So two things are compared:

1. the same file of one row per message in the toolkit's layout, given to both
2. the Parquet file as it is, ours against the plain reading, which keeps a message's every object

Its self-pairs are left out. Then what an empty address does to its links is shown.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
from measure import measured
from places import HERE, PEERS_PYTHON, VIGIE, AbsentDataError, data, fresh
from tables import show

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tables import Cell

WINDOW_S = 60
HEADER = ("message_id", "user_id", "username", "repost_id", "reply_id", "message", "timestamp", "urls")
Directed = dict[tuple[str, str], int]
Counts = dict[tuple[str, str], tuple[int, int, int]]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A data set, the behaviour compared on it, and where its columns are."""

    name: str
    behaviour: str
    network: str
    account: str
    object: str
    post: str
    time: str


@dataclass(frozen=True)
class Act:
    """Who acted on what when, and by which post."""

    account: str
    object: str
    at_s: int
    post: str


CASES = (
    Case(
        name="russian_coord_tweets",
        behaviour="repost",
        network="co_retweet",
        account="account_id",
        object="object_id",
        post="content_id",
        time="timestamp_share",
    ),
    Case(
        name="german_elections",
        behaviour="link",
        network="co_link",
        account="account_id",
        object="url_id",
        post="post_id",
        time="timestamp",
    ),
    Case(
        name="german_elections",
        behaviour="image",
        network="co_link",  # it knows no images: their hashes are given as addresses
        account="account_id",
        object="phash_id",
        post="post_id",
        time="timestamp",
    ),
)


def run(*, quick: bool, **_options: object) -> dict[str, object]:
    """Compare all cases; `quick` leaves out the larger ones."""
    results: dict[str, object] = {}
    for case in CASES[:1] if quick else CASES:
        label = f"{case.name}, {case.behaviour}"
        try:
            rows = compared(case)
        except AbsentDataError as absent:
            print(f"skipped: {label}: {absent}")
            continue
        show(f"{label}, {WINDOW_S} s", rows)
        results[label] = rows
    return results


def compared(case: Case) -> list[dict[str, Cell]]:
    """Return what was compared and how many rows differ."""
    acts = read(case)
    first: dict[str, Act] = {}
    # the toolkit keeps all addresses of a message, but one repost
    kept = [act for act in acts if first.setdefault(act.post, act) is act or case.network == "co_link"]
    same = write_csv(case, kept, name="same")
    ours = counted(case, same)
    theirs = toolkit(case, same, name="same")
    rows = [
        differing("toolkit's weight = our post_count, same file", directed(ours), theirs),
        differing("object_count, post_counts = plain reading, same file", ours, by_hand(kept)),
    ]
    whole = counted(case, data(case.name))
    rows.append(differing("object_count, post_counts = plain reading, Parquet", whole, by_hand(acts)))
    at_least_2 = {pair: counts for pair, counts in whole.items() if counts[0] >= 2}
    rows.append(
        differing(
            "--objects-min 2 = those of 1 with 2 or more", counted(case, data(case.name), 2), at_least_2
        )
    )
    if len(kept) < len(acts):
        every = toolkit(case, write_csv(case, acts, name="every"), name="every")
        rows.append(
            differing(f"toolkit on all rows (it drops {len(acts) - len(kept)})", directed(whole), every)
        )
    if case.network == "co_link":
        rows.append(with_empty_addresses(case, whole))
    return rows


def with_empty_addresses(case: Case, ours: Counts) -> dict[str, Cell]:
    """Return how many of the toolkit's rows come from counting an empty address as an address."""
    path = write_csv(case, read(case, empty=True), name="empty")
    found = directed(ours)
    if counted(case, path) != counted(case, data(case.name)):
        print("  NOTE: ours differs when empty addresses are in the file")
    return differing(
        "toolkit, posts without address in its file too", found, toolkit(case, path, name="empty")
    )


def differing(
    what: str, ours: Mapping[tuple[str, str], object], theirs: Mapping[tuple[str, str], object]
) -> dict[str, Cell]:
    """Return how many rows two results have, and in how many they differ."""
    return {
        "compared": what,
        "ours": len(ours),
        "theirs": len(theirs),
        "only ours": len(ours.keys() - theirs.keys()),
        "only theirs": len(theirs.keys() - ours.keys()),
        "other value": sum(ours[pair] != theirs[pair] for pair in ours.keys() & theirs.keys()),
    }


def read(case: Case, *, empty: bool = False) -> list[Act]:
    """Return the acts of a data set; a post without an id gets one.

    With `empty` also the posts without an object.
    """
    table = pq.read_table(data(case.name), columns=[case.account, case.object, case.time, case.post])
    names = (case.account, case.object, case.time, case.post)
    columns = [table.column(name).to_pylist() for name in names]
    rows = (
        Act(account, thing or "", at_s, post or f"row-{number}")
        for number, (account, thing, at_s, post) in enumerate(zip(*columns, strict=True))
    )
    return [act for act in rows if empty or act.object]


def write_csv(case: Case, acts: Iterable[Act], *, name: str) -> Path:
    """Write acts in the toolkit's layout and return where."""
    path = fresh("equality", f"{case.name}-{case.behaviour}-{name}.csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for act in acts:
            shared = act.object if case.network == "co_retweet" else ""
            address = "" if case.network == "co_retweet" else act.object
            writer.writerow((act.post, act.account, act.account, shared, "", "", act.at_s, address))
    return path


def counted(case: Case, path: Path, objects_min: int = 1) -> Counts:
    """Return our pairs: object count and the two post counts.

    Images are no column of the toolkit's layout, so there they are read as links.
    """
    behaviour = "link" if path.suffix == ".csv" and case.network == "co_link" else case.behaviour
    out = fresh("equality", f"{case.name}-{behaviour}-{path.suffix[1:]}-{objects_min}", "pairs.parquet")
    least = ("--objects-min", str(objects_min), "--behaviour", behaviour, "--window", f"{WINDOW_S}s")
    measured([VIGIE, "detect", "coaction", path, "--out", out.parent, "--all-pairs", "--quiet", *least])
    names = ("account_a", "account_b", "object_count", "post_count_ab", "post_count_ba")
    table = pq.read_table(out)
    rows = zip(*(table.column(name).to_pylist() for name in names), strict=True)
    return {(a, b): (objects, ab, ba) for a, b, objects, ab, ba in rows}


def toolkit(case: Case, path: Path, *, name: str) -> Directed:
    """Return the toolkit's directed rows, without those of an account with itself."""
    database = fresh("equality", f"{case.name}-{case.behaviour}-{name}.db")
    for beside in ("-wal", "-shm"):
        database.with_name(database.name + beside).unlink(missing_ok=True)
    pairs = fresh("equality", f"{case.name}-{case.behaviour}-{name}-cnt.parquet")
    script = HERE / "peers" / "cnt.py"
    measured([PEERS_PYTHON, script, path, database, case.network, str(WINDOW_S), "1", pairs])
    table = pq.read_table(pairs)
    columns = (table.column(name).to_pylist() for name in ("user_1", "user_2", "weight"))
    return {(a, b): weight for a, b, weight in zip(*columns, strict=True) if a != b}


def directed(counts: Counts) -> Directed:
    """Return both directions of each pair with its post count."""
    forth = {(a, b): ab for (a, b), (_objects, ab, _ba) in counts.items()}
    return forth | {(b, a): ba for (a, b), (_objects, _ab, ba) in counts.items()}


def by_hand(acts: Iterable[Act]) -> Counts:
    """Return pairs with their counts by a reading so plain that it must be right: object by object."""
    objects: dict[tuple[str, str], set[str]] = defaultdict(set)
    posts: dict[tuple[str, str], set[str]] = defaultdict(set)
    of_object: dict[str, list[Act]] = defaultdict(list)
    for act in acts:
        of_object[act.object].append(act)
    for thing, those in of_object.items():
        for one, other in close(those):
            if one.account != other.account:
                objects[min(one.account, other.account), max(one.account, other.account)].add(thing)
                posts[one.account, other.account].add(one.post)
                posts[other.account, one.account].add(other.post)
    return {(a, b): (len(things), len(posts[a, b]), len(posts[b, a])) for (a, b), things in objects.items()}


def close(acts: list[Act]) -> Iterable[tuple[Act, Act]]:
    """Yield each two acts at most a window apart."""
    ordered = sorted(acts, key=lambda act: act.at_s)
    for place, one in enumerate(ordered):
        for other in ordered[place + 1 :]:
            if other.at_s - one.at_s > WINDOW_S:
                break
            yield one, other
