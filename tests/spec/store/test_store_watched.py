"""What a watch-list names becomes what the store of one project holds, and of no other."""

from __future__ import annotations

import pyarrow as pa
import pytest

from vigie.collect.watchlists import Indicator
from vigie.store.pseudonyms import ProjectKey, pseudonymise
from vigie.store.watched import matches, names_somebody
from vigie.terms.posts import conform

KEY = ProjectKey.derive(b"k" * 32, b"one")
OTHER = ProjectKey.derive(b"k" * 32, b"two")
POST = {
    "platform": "twitter",
    "author": "@Bob",
    "created_ms": 5,
    "mentions": ["Eve"],
    "body": "écris à bob@evil.example",
    "links": [
        {"url": "https://x.com/bob/status/5", "domain": "x.com"},
        {"url": "https://evil.example/a", "domain": "evil.example"},
        {"url": "https://moi.blogspot.com/a", "domain": "moi.blogspot.com"},
    ],
}
LIST = [
    Indicator(kind="account", value="x:bob"),
    Indicator(kind="account", value="eve"),
    Indicator(kind="email", value="bob@evil.example"),
    Indicator(kind="url", value="https://x.com/bob/status/5"),
    Indicator(kind="domain", value="evil.example"),
    Indicator(kind="domain", value="moi.blogspot.com"),
    Indicator(kind="account", value="telegram:bob"),
    Indicator(kind="hash", value="0" * 64),
    Indicator(kind="ip", value="192.0.2.1"),
    Indicator(kind="account", value="twitter:BOB"),
]


def stored() -> dict[str, object]:
    return pseudonymise(conform(pa.Table.from_pylist([POST])), KEY)[0].to_pylist()[0]


def test_what_a_list_names_is_found_in_what_the_store_holds():
    row, wanted = stored(), matches(LIST, KEY, platforms=["X"])
    assert wanted.accounts["x"][row["author"]] == [0, 9]
    assert wanted.accounts["x"][row["mentions"][0]] == [1]
    (token,) = wanted.emails
    assert token in row["body"]
    assert [wanted.links.get(link["url"]) for link in row["links"]] == [[3], None, None]
    assert [wanted.domains.get(link["domain"]) for link in row["links"]] == [None, [4], [5]]
    assert wanted.hashes == {"0" * 64: [7]}
    assert row["author"] not in wanted.accounts["telegram"]


def test_another_projects_key_finds_nothing_keyed():
    row, wanted = stored(), matches(LIST, OTHER, platforms=["x"])
    assert row["author"] not in wanted.accounts["x"]
    assert row["links"][0]["url"] not in wanted.links
    assert wanted.domains["evil.example"] == [4]


def test_an_account_of_no_told_platform_is_looked_for_on_those_that_are_searched():
    assert matches(LIST[1:2], KEY).accounts == {}
    assert set(matches(LIST[1:2], KEY, platforms=["Twitter", "x", "telegram"]).accounts) == {"x", "telegram"}


def test_a_public_actor_is_looked_for_in_clear_too():
    wanted = matches(LIST[:1], KEY, public_actors=["x:Bob"])
    assert wanted.accounts["x"] == {"bob": [0], stored()["author"]: [0]}


def test_no_raw_name_stands_in_what_is_looked_for():
    told = str(matches(LIST, KEY, platforms=["x"]))
    assert "bob" not in told.lower()
    assert "eve'" not in told


@pytest.mark.parametrize(
    ("kind", "value", "is_personal"),
    [
        ("account", "x:bob", True),
        ("email", "bob@evil.example", True),
        ("url", "https://x.com/bob", True),
        ("url", "https://evil.example/@bob", True),
        ("url", "https://evil.example/a", False),
        ("domain", "moi.blogspot.com", True),
        ("domain", "evil.example", False),
        ("ip", "192.0.2.1", False),
        ("hash", "0" * 64, False),
    ],
)
def test_what_may_name_somebody_is_known(kind, value, is_personal):
    assert names_somebody(kind, value) is is_personal
