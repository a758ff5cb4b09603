"""The page that says what methods miss is written from the cards and the kept figures, in both languages."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def misses(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import misses

    yield misses
    sys.modules.pop("misses", None)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_is_not_stale(misses, language):
    text = misses.PAGES[language].read_text(encoding="utf-8")
    assert text == misses.page(language), "write it anew: python benchmarks/misses.py"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_method_says_what_it_misses(misses, language):
    text = misses.PAGES[language].read_text(encoding="utf-8")
    for card in misses.cards():
        assert card.id in text
        assert card.failures
        assert all(one[language] in text for one in card.failures)


def test_kept_figures_come_from_whole_runs(misses):
    measured = json.loads(misses.MEASURED.read_text(encoding="utf-8"))
    assert measured
    assert not any(one["quick"] for one in measured.values())
    assert all(one["measured"] for one in measured.values())
