"""Pictures as files of their own: whole documents, for light and dark, harmless whatever the data say."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from vigie.report.crowd import spots
from vigie.report.format import Voice
from vigie.report.pictures import pictures
from vigie.report.text import fitting
from vigie.terms.languages import LANGUAGES, Words

if TYPE_CHECKING:
    from vigie.report.pictures import Picture
    from vigie.terms.findings import Group

SVG = "{http://www.w3.org/2000/svg}"
ALL = {"network", "timeline", "timeline_narrow", "lags", "lags_narrow", "strip", "strip_narrow"}
NASTY = "</text><script>alert(1)</script>]]>&amp;\u202e\ufffe\0"


def drawn(group: Group, language: str = "en", **texts: str) -> dict[str, Picture]:
    where = {member.account: (float(x), float(y)) for member, (x, y) in zip(
        group.members, spots(len(group.members), []), strict=True
    )}  # fmt: skip
    return {one.name: one for one in pictures(group, Voice(Words(language)), where, texts)}


def words_in(picture: Picture) -> list[str]:
    root = ET.fromstring(picture.svg)  # noqa: S314 (our own drawing)
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_is_a_whole_document_with_its_own_light_and_dark(make_group, language):
    found = drawn(make_group(), language)
    assert set(found) == ALL
    for one in found.values():
        root = ET.fromstring(one.svg)  # noqa: S314 (our own drawing)
        assert root.tag == f"{SVG}svg"
        width, height = (float(root.get(side)) for side in ("width", "height"))
        assert [float(side) for side in root.get("viewBox").split()[2:]] == [width, height]
        style = root.find(f"{SVG}style").text
        assert "prefers-color-scheme:dark" in style
        assert set(re.findall(r"var\((--[a-z]+)\)", one.svg)) <= set(re.findall(r"(--[a-z]+):", style))


def test_charts_come_with_a_specification_that_fetches_nothing(make_group):
    found = drawn(make_group())
    assert {name for name, one in found.items() if one.spec} == {"timeline", "lags"}
    for one in (found["timeline"], found["lags"]):
        assert '"url"' not in json.dumps(one.spec)
        assert len(json.dumps(one.spec)) < 200_000


def test_what_the_data_say_stays_text(make_group):
    group = make_group(size=6)
    items = tuple(replace(item, object=NASTY) for item in group.objects)
    members = tuple(replace(member, account=f"{NASTY}{at}") for at, member in enumerate(group.members))
    names = {old.account: new.account for old, new in zip(group.members, members, strict=True)}
    edges = tuple(
        replace(edge, account_a=names[edge.account_a], account_b=names[edge.account_b])
        for edge in group.edges
    )
    items = tuple(
        replace(item, acts=tuple((at, names[account]) for at, account in item.acts)) for item in items
    )
    for one in drawn(replace(group, members=members, edges=edges, objects=items)).values():
        root = ET.fromstring(one.svg)  # noqa: S314 (our own drawing)
        assert not list(root.iter(f"{SVG}script"))
        assert "\u202e" not in one.svg


def test_a_strip_shows_what_a_post_says_where_that_is_known(make_group):
    group = make_group()
    told = drawn(group, **{group.objects[0].object: "Le tramway de Laval"})
    assert "Le tramway de Laval" in words_in(told["strip"])
    assert group.objects[0].object not in words_in(told["strip"])
    assert group.objects[1].object in words_in(told["strip"])


def test_a_group_without_known_acts_has_no_strip(make_group):
    group = make_group()
    bare = replace(group, objects=tuple(replace(item, acts=()) for item in group.objects))
    assert set(drawn(bare)) == ALL - {"strip", "strip_narrow"}


def test_names_in_the_network_are_short(make_group):
    assert all(len(name) <= 8 for name in words_in(drawn(make_group())["network"]))


def test_the_same_group_is_drawn_the_same(make_group):
    assert drawn(make_group(), "fr") == drawn(make_group(), "fr")


@pytest.mark.parametrize(
    ("text", "cells", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        ("选举前请", 8, "选举前请"),
        ("选举前请大家", 8, "选举前…"),
        ("", 3, ""),
    ],
)
def test_what_stands_above_a_strip_fits_its_line_in_any_script(text, cells, shown):
    assert fitting(text, cells) == shown
