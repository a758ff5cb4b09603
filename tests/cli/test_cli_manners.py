"""What all methods of `vigie detect` do alike: defaults, files without posts, figures in both languages."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import re

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from vigie.terms.languages import Words
from vigie.terms.posts import POSTS
from vigie_cli import detect, exits
from vigie_cli.detecting.saying import figure

HOUR, DAY = 3_600_000, 86_400_000
START = 20_454 * DAY
MODULES = {"pile-on": "pileon", "posting-drop": "posting_drop"}
OTHERS = {"run", "calibrate"}  # of several methods
DEFAULT = re.compile(r"\(default: (\d[\d.]*\d|\d)[,)]")


def parsers():
    """Return the parser of each method, by name."""
    commands = argparse.ArgumentParser().add_subparsers()
    detect.add(commands, Words("en"), argparse.ArgumentParser(add_help=False))
    (methods,) = (one for one in commands.choices["detect"]._actions if one.choices)
    return {name: parser for name, parser in methods.choices.items() if name not in OTHERS}


METHODS = parsers()


@pytest.mark.parametrize("name", METHODS)
def test_help_tells_the_defaults_of_the_rule(name):
    module = importlib.import_module(f"vigie.detect.{MODULES.get(name, name)}")
    rule = module.Rule()
    values = {one.name: getattr(rule, one.name) for one in dataclasses.fields(rule)}
    values |= dataclasses.asdict(values.pop("step")) if "step" in values else {}
    told = {
        action.dest: (float(found[1]), action.default)
        for action in METHODS[name]._actions
        if action.dest in values and (found := DEFAULT.search(action.help or ""))
    }
    assert told
    for option, (said, default) in told.items():
        if values[option] is None or option == "permutations":  # it depends on the data
            continue
        assert said == values[option], option
        assert default in {None, values[option]}, option


@pytest.mark.parametrize("name", METHODS)
def test_a_table_with_a_head_alone_is_an_error_and_no_empty_result(vigie, tmp_path, name):
    path = tmp_path / "head.csv"
    path.write_text("author,created_at,post_id,body\n")
    events = tmp_path / "events.toml"
    events.write_text('[[event]]\nid = "flood"\nterms.en = ["flood"]\nterms.fr = ["crue"]\n')
    more = ["--events", events] if name == "omission" else []
    told = vigie("detect", name, path, "--out", tmp_path / "out", "--lang", "en", *more)
    assert told.status == exits.INPUT
    assert "no posts" in told.err or "empty" in told.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("language", "said"), [("en", "1.9 would be"), ("fr", "aurait 1,9")])
def test_figures_are_written_as_the_language_does(vigie, tmp_path, language, said):
    rows = []
    for number in range(640):
        is_ours = number >= 600
        goes = (number < 611 and number % 55 == 0) or 600 <= number < 620
        about = {
            "post_id": f"p{number}", "author": f"a{number}", "platform": "x", "source_kind": "capture",
            "created_ms": START, "hashtags": ["vote" if is_ours else f"t{number % 9}"],
        }  # fmt: skip
        rows.append({**about, "collected_ms": START + HOUR})
        seen = {"deleted_seen_ms": START + 2 * DAY} if goes else {}
        rows.append({**about, "collected_ms": START + 2 * DAY, **seen})
    pq.write_table(pa.Table.from_pylist(rows, schema=POSTS), tmp_path / "posts.parquet")
    told = vigie(
        "detect", "vanished", tmp_path / "posts.parquet", "--out", tmp_path / "out", "--lang", language
    )
    assert said in told.out
    assert figure(0.99, Words("fr")) == "0,99"
