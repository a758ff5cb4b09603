"""Watch-lists become entries of one form; what cannot be compared is set aside, and nothing is opened."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.collect import FileError, Rejects
from vigie.collect.watchlists import TITLES, Indicator, read_watchlist, recognise_watchlist
from vigie.collect.watchlists.indicators import KINDS, formed, kind_of
from vigie.collect.watchlists.patterns import Comparison, PatternError, comparisons
from vigie.collect.watchlists.stix import Refused, indicators

SHARED = Path(__file__).parents[3].parent / "shared" / "data"
FROM_MS = 1_772_323_200_000  # 2026-03-01


def read(path: Path) -> tuple[list[Indicator], dict[str, int]]:
    rejects = Rejects()
    return list(read_watchlist(path, rejects=rejects)), dict(rejects.counts)


# Forms


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("evil[.]example", "domain", "evil.example"),
        ("*.Evil.example.", "domain", "evil.example"),
        ("élections.example", "domain", "xn--lections-90a.example"),
        ("hxxps://evil[.]example/a?utm_source=x", "url", "https://evil.example/a"),
        ("hxxps[://]evil[.]example/a", "url", "https://evil.example/a"),
        ("sites.example/view/a", "url", "https://sites.example/view/a"),
        ("192.0.2[.]1", "ip", "192.0.2.1"),
        ("2001:DB8::1", "ip", "2001:db8::1"),
        ("Bob[@]evil[.]example", "email", "bob@evil.example"),
        ("@bob", "account", "bob"),
        ("D41D8CD98F00B204E9800998ECF8427E", "hash", "d41d8cd98f00b204e9800998ecf8427e"),
        ("63 accounts", None, None),
        ("bob", None, None),
        ("javascript:alert(1)", None, None),
        ("", None, None),
        ("a" * 3000 + ".example", None, None),
    ],
)
def test_a_value_shows_what_it_names(text, kind, value):
    assert kind_of(text) == kind
    assert (formed(kind, text) if kind else None) == value


@given(st.text(max_size=40), st.sampled_from(KINDS))
def test_a_form_is_final(text, kind):
    once = formed(kind, text)
    assert once is None or formed(kind, once) == once


# Patterns


def test_a_simple_pattern_is_its_comparisons():
    text = (
        r"[domain-name:value = 'a.example' OR (url:value IN ('https://b.example/\'', 'c'))] AND [x-y:z='\\']"
    )
    assert comparisons(text) == [
        Comparison("domain-name:value", ("a.example",), 0),
        Comparison("url:value", ("https://b.example/'", "c"), 0),
        Comparison("x-y:z", ("\\",), 1),
    ]


@pytest.mark.parametrize(
    "pattern",
    [
        "", "[]", "[a:b = 'x'", "[a:b 'x']", "[a:b = 5]", "[a:b != 'x']", "[a:b LIKE '%']", "[NOT a:b = 'x']",
        "[a:b = 'x'] FOLLOWEDBY [a:b = 'y']", "[a:b = 'x'] WITHIN 5 SECONDS", "[a:b = 'x'] [a:b = 'y']",
        "[a:b MATCHES '(a+)+$']", "[a:b IN ()]", "[a:b = '" + "x" * 10_000 + "']",
        "[" + "(" * 400 + "a:b = 'x'",
        "(" * 33 + "[a:b = 'x']" + ")" * 33, "[a:b IN (" + ",".join(["'x'"] * 201) + ")]",
        "[a:b = 'x\\']", "[" + " OR ".join(["a:b = 'x'"] * 201) + "]", "[a:b = 'x' OR]", "]", "a:b = 'x'",
    ],
)  # fmt: skip
def test_a_pattern_that_is_richer_or_over_the_limits_is_refused(pattern):
    with pytest.raises(PatternError):
        comparisons(pattern)


@given(
    st.lists(
        st.sampled_from(["[", "]", "(", ")", " AND ", " OR ", "a:b", "=", "'x'", " IN ", ",", "\\", "'"])
    )
)
def test_a_pattern_is_read_or_refused(parts):
    with contextlib.suppress(PatternError):
        assert comparisons("".join(parts))


# STIX


def bundle(*objects: dict[str, object]) -> str:
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects})


RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
OBJECTS = (
    {"type": "identity", "id": "identity--1", "name": "An invented unit"},
    {"type": "intrusion-set", "id": "intrusion-set--1", "name": "Invented Kombat"},
    {"type": "indicator", "id": "indicator--1", "created_by_ref": "identity--1", "pattern_type": "stix",
     "pattern": "[domain-name:value = 'evil.example'] OR [user-account:account_login = 'bob' AND "
                "user-account:account_type = 'twitter']",
     "valid_from": "2026-03-01T00:00:00Z", "valid_until": "2026-03-02T00:00:00Z",
     "object_marking_refs": ["marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", RED]},
    {"type": "indicator", "id": "indicator--2", "pattern_type": "stix", "pattern": "[a:b MATCHES 'x']"},
    {"type": "indicator", "id": "indicator--3", "pattern_type": "yara", "pattern": "rule"},
    {"type": "indicator", "id": "indicator--4", "pattern_type": "stix", "pattern": "[file:name = 'x']"},
    {"type": "indicator", "id": "indicator--5",
     "pattern": "[url:value = 'https://old.example']", "revoked": True},
    {"type": "url", "id": "url--1", "value": "https://evil.example/a"},
    {"type": "ipv4-addr", "id": "ipv4-addr--1", "value": "192.0.2.1"},
    {"type": "user-account", "id": "user-account--1", "account_login": "@eve", "account_type": "telegram"},
    {"type": "domain-name", "id": "domain-name--1", "value": "not a domain"},
    {"type": "relationship", "id": "relationship--1", "relationship_type": "indicates",
     "source_ref": "indicator--1", "target_ref": "intrusion-set--1"},
    {"type": "report", "id": "report--1", "name": "A report", "object_refs": ["url--1", "indicator--1"]},
    5,
)  # fmt: skip


def test_a_bundle_gives_its_indicators_with_who_says_so(desk):
    found, counts = read(desk.file(bundle(*OBJECTS), "bundle.json"))
    about = {
        "operation": "Invented Kombat",
        "source": "An invented unit",
        "valid_from_ms": FROM_MS,
        "valid_until_ms": FROM_MS + 86_400_000,
        "marking": "TLP:RED",
    }
    assert found == [
        Indicator(kind="domain", value="evil.example", **about),
        Indicator(kind="account", value="twitter:bob", **about),
        Indicator(kind="url", value="https://evil.example/a", operation="A report"),
        Indicator(kind="ip", value="192.0.2.1"),
        Indicator(kind="account", value="telegram:eve"),
    ]
    assert counts == {"row.pattern": 2, "row.indicator": 2}


ANYTHING = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.sampled_from(["identity--1", "indicator--1", RED]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


@settings(deadline=None)
@given(st.integers(0, len(OBJECTS) - 2), st.data())
def test_a_mutated_bundle_gives_entries_or_refusals(place, data):
    objects = [*OBJECTS]
    name = data.draw(st.sampled_from(sorted(objects[place])))
    objects[place] = {**objects[place], name: data.draw(ANYTHING)}
    assert all(isinstance(one, Indicator | Refused) for one in indicators(objects))


# Tables


def test_a_table_in_french_is_read(desk):
    path = desk.file(
        "Nom de domaine;Mode opératoire;Première observation;TLP;Source\n"
        "mensonge[.]example;Kombat inventé;2026-03-01;TLP:CLEAR;Un service\n"
        "pas un domaine;Kombat inventé;;;\n"
    )
    found, counts = read(path)
    assert found == [
        Indicator(
            kind="domain",
            value="mensonge.example",
            operation="Kombat inventé",
            source="Un service",
            valid_from_ms=FROM_MS,
            marking="TLP:CLEAR",
        )
    ]
    assert counts == {"row.indicator": 1}


def test_a_table_of_meta_is_read(desk):
    path = desk.file(
        "indicator_type,indicator_value,comment,ds\n"
        "domain_name,evil.example,x,2026-03-01\n"
        "cib_url,evil.example/a,x,\n"
        "ios_app_id,12345,x,\n"
    )
    found, counts = read(path)
    assert [(one.kind, one.value) for one in found] == [
        ("domain", "evil.example"),
        ("url", "https://evil.example/a"),
    ]
    assert found[0].valid_from_ms == FROM_MS
    assert counts == {"row.indicator": 1}


def test_accounts_know_their_platform(desk):
    found, _ = read(desk.file("account,platform\n@bob,X\n"))
    assert found == [Indicator(kind="account", value="x:bob")]


@pytest.mark.parametrize(
    "content", ["author,created_ms\na,5\n", '{"type": "bundle"}', "<!doctype html><html>", '[{"a": 1}]']
)
def test_what_is_no_watchlist_is_refused(desk, content):
    with pytest.raises(FileError):
        read(desk.file(content, "w"))


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"indicator": st.text(max_size=20), "type": st.text(max_size=5), "date": st.text(max_size=9)}
        ),
        min_size=1, max_size=5,
    )
)  # fmt: skip
def test_any_table_gives_entries_and_rejects(rows):
    from tempfile import NamedTemporaryFile

    with NamedTemporaryFile(suffix=".ndjson") as file:
        Path(file.name).write_text("".join(json.dumps(row) + "\n" for row in rows))
        found, counts = read(Path(file.name))
    assert len(found) + sum(counts.values()) == len(rows)


def test_the_real_lists_are_read():
    if not SHARED.is_dir():
        pytest.skip(f"the real data sets are not at {SHARED}")
    found, counts = read(SHARED / "posts" / "meta_threat_indicators.parquet")
    assert len(found) + counts["row.indicator"] == 11_249
    assert len(found) > 9_000
    found, counts = read(SHARED / "exchange" / "misp_event_collection_stix21.json")
    assert {(one.kind, one.value) for one in found} == {("domain", "circl.lu"), ("ip", "149.13.33.14")}
    assert counts == {"row.indicator": 1}


# Recognising


@pytest.mark.parametrize(
    ("content", "layout", "sure"),
    [
        (bundle(*OBJECTS), "stix", 1.0),
        ("indicator_type,indicator_value\n", "meta", 0.95),
        ("Nom de domaine;Mode opératoire\nmensonge.example;Kombat\n", "viginum", 0.95),
        ("indicator,type\nevil.example,domain\n", "table", 0.7),
        ("indicator\nevil.example\n", "table", 0.4),
        ("author,created_at,url\na,2026-01-01,https://a.example\n", "table", 0.4),
        ('{"account": "@bob"}\n{"account": "@eve"}\n', "table", 0.4),
    ],
)
def test_a_list_is_recognised_by_its_content(desk, content, layout, sure):
    found = recognise_watchlist(desk.file(content, "anything"))
    assert (found.layout, found.sure) == (layout, sure)
    assert found.title == TITLES[layout]


@pytest.mark.parametrize("content", ["author,created_ms\na,5\n", "<!doctype html><html>", '[{"a": 1}]'])
def test_what_is_no_list_is_not_recognised(desk, content):
    assert recognise_watchlist(desk.file(content, "w")) is None


def test_a_note_and_its_limits_are_read(desk):
    found, _ = read(desk.file(f"domain,description\nevil.example,{'x' * 2_000}\n"))
    assert found[0].note == "x" * 1_000
    found, _ = read(
        desk.file(bundle({"type": "url", "value": "https://a.example", "description": " dit "}), "b")
    )
    assert found[0].note == "dit"


@pytest.mark.parametrize("text", ["bo\u200bn.example", "evil\u202e.example", "@bo\u2066b", "a\u0007.example"])
def test_a_value_with_a_sign_that_is_not_seen_is_none(text):
    assert all(formed(kind, text) is None for kind in KINDS)
    assert formed("domain", "\ufeffbon.example\u200b") == "bon.example"
