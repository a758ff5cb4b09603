"""What is no word of anybody stays in a signal when posts are erased: platforms, counters, ages."""

from __future__ import annotations

import pyarrow as pa

from vigie.detect.engagement import Rule, detect
from vigie.detect.engagement.signals import signals
from vigie.terms.posts import POSTS, conform
from vigie_node.alerts.free_text import FreeText

HOUR, DAY = 3_600_000, 86_400_000
START = 20_454 * DAY
GONE = FreeText(names=frozenset(), instead="…")


def posts():
    """Return posts of which one goes on being liked long after the others are done."""
    rows = [
        {
            "post_id": f"a{account}-{n}", "author": f"a{account}", "platform": "x",
            "created_ms": START + n * HOUR,
            "author_followers": 1500,
            "counts": [
                {"at_ms": START + (n + 5) * HOUR, "name": "likes", "value": 10 + (n + account) % 5},
                {"at_ms": START + n * HOUR + 4 * DAY, "name": "likes",
                 "value": 9000 if (account, n) == (0, 9) else 11 + (n + account) % 5},
            ],
        }
        for account in range(12)
        for n in range(30)
    ]  # fmt: skip
    return conform(pa.Table.from_pylist(rows, schema=POSTS))


def test_counters_and_ages_of_posts_are_no_words_of_posts():
    table = posts()
    found = signals(detect(table, rule=Rule()), table)
    late = [one for signal in found for one in signal.indicators if one.code == "late"]
    assert late
    for one in late:
        assert GONE.facts(one.facts) == one.facts
    for signal in found:
        assert GONE.facts(signal.facts) == signal.facts
        for exhibit in signal.exhibits:
            for row in exhibit.rows:
                kept = [
                    GONE.left_of(value, column.holds)
                    for value, column in zip(row, exhibit.columns, strict=True)
                ]
                assert kept == list(row)


def test_a_platform_is_no_word_of_a_post_and_a_text_is_one():
    assert GONE.left_of("mastodon", "platform") == "mastodon"
    assert GONE.left_of("mastodon", "text") == "…"
