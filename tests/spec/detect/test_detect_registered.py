"""Methods that compare with a register of outlets: whose posts are whose, and what cannot be said."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.detect import methods
from vigie.detect.exposure import REGISTER
from vigie.detect.methods import METHODS
from vigie.detect.of_outlets import of_outlets, too_thin
from vigie.terms.languages import Words
from vigie.terms.posts import POSTS, conform
from vigie.terms.progress import silent

DAY_MS, START_MS = 86_400_000, 1_760_054_400_000
OUTLETS, STORIES, DAYS = 7, 8, 10
ROOTS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "theta", "iota", "kappa")
SIZED = REGISTER.append(pa.field("posts_a_day", pa.float64()))


def posts(*rows):
    whole = [
        {"author": "a", "created_ms": START_MS, "post_id": f"p{number}", "platform": "x", **row}
        for number, row in enumerate(rows)
    ]
    return conform(pa.Table.from_pylist(whole, schema=POSTS))


def register(*rows):
    whole = [
        {"kind": "domain" if "." in place else "account", "identifier": place, "name": name,
         "tier": "unclassified", **dict(more)}
        for place, name, *more in rows
    ]  # fmt: skip
    return pa.Table.from_pylist(whole, schema=SIZED)


def owners(table, known):
    found = of_outlets(table, known)
    return dict(zip(found["post_id"].to_pylist(), found["author"].to_pylist(), strict=True))


# --- Whose posts are whose ---


def test_an_article_is_of_its_site_and_every_other_post_of_its_channel_or_author():
    known = register(("un.example", "Un"), ("x:bob", "Deux"), ("canal", "Trois"))
    table = posts(
        {"kind": "article", "url": "https://www.Blog.un.example/a"},
        {"kind": "post", "url": "https://un.example/a", "author": "else"},
        {"author": "bob"},
        {"author": "bob", "platform": "y"},
        {"author": "bob", "channel_id": "canal", "platform": "telegram"},
    )
    assert owners(table, known) == {"p0": "Un", "p2": "Deux", "p4": "Trois"}


NAMES = ["Un", "Deux"]
PLACES = st.sampled_from(["a", "b", "é", "你好", "🙂", None])


@given(
    rows=st.lists(st.tuples(PLACES, PLACES, st.sampled_from(["x", "y", None])), max_size=12),
    known=st.dictionaries(st.sampled_from(["a", "x:a", "y:b", "你好", "🙂"]), st.sampled_from(NAMES)),
)
def test_owners_are_those_of_a_plain_reading(rows, known):
    table = posts(
        *({"author": author or "nobody", "channel_id": channel, "platform": platform}
          for author, channel, platform in rows)
    )  # fmt: skip
    said = {}
    for number, (author, channel, platform) in enumerate(rows):
        names = [one for one in (channel, author or "nobody") if one]
        tried = [f"{platform}:{one}" for one in names if platform] + names
        owner = next((known[one] for one in tried if one in known), None)
        if owner is not None:
            said[f"p{number}"] = owner
    assert owners(table, register(*known.items())) == said


def test_an_outlet_of_which_far_less_was_collected_than_it_publishes_is_thin():
    known = register(("a", "Un", ("posts_a_day", 10.0)), ("b", "Deux", ("posts_a_day", 2.0)), ("c", "Trois"))
    rows = [
        {"author": author, "created_ms": START_MS + day * DAY_MS} for day in range(11) for author in "abc"
    ]
    assert too_thin(of_outlets(posts(*rows), known), known) == {"Un"}
    assert too_thin(of_outlets(posts(), known), known) == frozenset()
    assert too_thin(of_outlets(posts(*rows), known), known.select(REGISTER.names)) == frozenset()


# --- The methods ---


def told():
    """Return what seven outlets tell, but one story at the second; and a channel that copies the first."""
    rng, rows = random.Random(2), []  # noqa: S311 (posts, no secrets)
    for day in range(DAYS):
        for outlet in range(OUTLETS):
            for story in range(STORIES):
                for _ in range(2 * ((outlet, story) != (1, 2))):
                    body = " ".join(f"{one}{story}" for one in rng.sample(ROOTS, 7))
                    body += f" {rng.randrange(999)} {rng.randrange(999)}"
                    at_ms = START_MS + day * DAY_MS + rng.randrange(DAY_MS // 2)
                    rows.append({"author": f"o{outlet}", "created_ms": at_ms, "body": body, "lang": "fr"})
                    if (outlet, story) == (0, 0):
                        rows.append({**rows[-1], "author": "copyist", "created_ms": at_ms + 60_000})
    return posts(*rows)


@pytest.fixture(scope="module")
def world():
    state = (("tier", "state-controlled"), ("state", "ZZ"), ("criterion", "décret"))
    known = register(*((f"o{one}", f"Média {one}", *(state if one == 0 else ())) for one in range(OUTLETS)))
    return told(), known


def outcome(name, table, known=None):
    tables = {} if known is None else {"register": known}
    return METHODS[name].tools().running(tables)(table, 1, silent)


def test_what_one_outlet_lacks_is_told_under_its_name(world):
    found = outcome("omission", *world)
    (signal,) = found.signals
    assert (signal.method, signal.subject_kind, signal.accounts) == ("omission/1", "narrative", ())
    row = next(row for row in signal.exhibits[0].rows if row[1] == "Média 1")
    assert row[2] == "not found in our collection"
    assert signal.exhibits[0].columns[1].holds == "text"
    assert found.notes == ()


def test_a_copyist_is_told_with_what_the_register_says_of_whom_it_copies(world):
    (signal,) = outcome("exposure", *world).signals
    assert signal.subject == "copyist"
    said = signal.exhibits[-1]
    assert [column.name for column in said.columns] == ["outlet", "tier", "state", "why", "source"]
    assert said.rows == (("Média 0", "state-controlled", "ZZ", "décret", None),)


@pytest.mark.parametrize("name", ["exposure", "omission"])
def test_without_a_register_a_method_says_that_nothing_was_compared(world, name):
    assert METHODS[name].needs == ("register",)
    for found in (outcome(name, world[0]), outcome(name, *(world[0], world[1].slice(0, 0)))):
        assert (found.signals, [one.sentence for one in found.notes]) == ((), [methods.NO_REGISTER])


def test_outlets_of_which_nothing_or_too_little_was_collected_are_told(world):
    table, known = world
    more = pa.concat_tables([known, register(("absent", "Absent"), ("o6", "Média 6", ("posts_a_day", 1e6)))])
    facts = {one.sentence: dict(one.facts) for one in outcome("omission", table, more).notes}
    assert facts == {methods.NOT_COLLECTED: {"outlets": 1}, methods.THIN: {"outlets": 1}}
    few = {one.sentence: dict(one.facts) for one in outcome("omission", table, known.slice(0, 3)).notes}
    assert few == {methods.FEW_OUTLETS: {"outlets": 3, "least": 5}}
    unseen = outcome("exposure", table, register(("absent", "Absent")))
    assert [one.sentence for one in unseen.notes] == [methods.NONE_SEEN]


def test_every_need_has_a_reason_in_words():
    for method in METHODS.values():
        assert set(method.needs) <= methods.NEEDS.keys()
    assert all(Words("en", packages=("vigie",))(one) for one in methods.NEEDS.values())
