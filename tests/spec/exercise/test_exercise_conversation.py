"""The conversation around the campaigns looks like one, and gives nothing away."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from vigie.exercise import SCHEMA, START_MS, Exercise, generate
from vigie.terms.errors import BadOptionError
from vigie.terms.posts import POSTS

DAY_MS = 86_400_000


@cache
def exercise() -> Exercise:
    return generate(seed=7, posts=50_000, days=14)


@cache
def rows() -> pa.Table:
    return pa.Table.from_batches(exercise().batches())


def bodies(language: str) -> list[str]:
    said = rows().filter(pc.equal(rows()["lang"], language))
    return said["body"].drop_null().to_pylist()


def small(seed: int) -> tuple[pa.Table, pa.Table, pa.Table]:
    one = generate(seed=seed, posts=3000, days=3)
    return pa.Table.from_batches(one.batches()), one.truth, one.campaigns


def kolmogorov(places: np.ndarray) -> float:
    """Return the largest distance of `places`, each from 0 to 1, from an even spread, times root n."""
    places = np.sort(places)
    steps = np.arange(len(places) + 1) / len(places)
    far = np.maximum(np.abs(places - steps[1:]), np.abs(places - steps[:-1])).max()
    return float(far * np.sqrt(len(places)))


def rank_of_planted(values: pa.ChunkedArray) -> np.ndarray:
    """Return the rank, from 0 to 1, of the campaigns' accounts when all are sorted by `values`."""
    rank = np.argsort(np.argsort(np.asarray(values), kind="stable"), kind="stable")
    planted = np.asarray(pc.equal(exercise().truth["role"], "campaign"))
    return (rank[planted] + 0.5) / len(rank)


# The same again


def test_the_same_seed_gives_the_same_rows():
    for one, same in zip(small(4), small(4), strict=True):
        assert one.equals(same)


def test_another_seed_gives_others():
    assert not small(4)[0].equals(small(5)[0])


def test_the_batches_can_be_read_twice():
    assert pa.Table.from_batches(exercise().batches()).equals(rows())


# Rows


@pytest.mark.parametrize("posts", [1000, 6001])
@pytest.mark.parametrize("days", [1, 9])
def test_there_are_exactly_as_many_posts_as_asked(posts, days):
    made = generate(seed=2, posts=posts, days=days)
    table = pa.Table.from_batches(made.batches())
    assert table.num_rows == posts
    assert pc.max(table["created_ms"]).as_py() < START_MS + days * DAY_MS


def test_columns_are_canonical_and_in_canonical_order():
    assert rows().schema == SCHEMA
    assert [field for field in POSTS if field.name in SCHEMA.names] == list(SCHEMA)


def test_posts_come_in_time_order_within_the_days_asked():
    at_ms = np.asarray(rows()["created_ms"])
    assert (np.diff(at_ms) >= 0).all()
    assert at_ms[0] >= START_MS
    assert at_ms[-1] < START_MS + 14 * DAY_MS


def test_ids_are_unique():
    assert len(rows()["post_id"].unique()) == rows().num_rows


@pytest.mark.parametrize("column", ["share_of", "in_reply_to"])
def test_what_is_shared_or_answered_came_before(column):
    place = pc.index_in(rows()[column].drop_null(), rows()["post_id"].combine_chunks())
    assert place.null_count == 0
    assert (np.asarray(place) < np.flatnonzero(np.asarray(pc.is_valid(rows()[column])))).all()


def test_about_half_are_shares_and_shares_have_no_words():
    shared = np.asarray(pc.equal(rows()["kind"], "share"))
    assert 0.48 <= shared.mean() <= 0.56
    assert (np.asarray(pc.is_null(rows()["body"])) == shared).all()
    assert (np.asarray(pc.is_valid(rows()["share_of"])) == shared).all()


# People


def test_a_few_do_most_and_most_do_little():
    counts = np.sort([one["counts"] for one in rows()["author"].value_counts().to_pylist()])
    gini = 2 * (counts * np.arange(1, len(counts) + 1)).sum() / (len(counts) * counts.sum()) - 1
    assert gini > 0.55
    assert np.median(counts) <= 3


def test_a_few_posts_are_shared_most():
    counts = np.sort([one["counts"] for one in rows()["share_of"].drop_null().value_counts().to_pylist()])
    assert counts[-len(counts) // 100 :].sum() > 0.12 * counts.sum()
    assert (counts == 1).mean() > 0.25


def test_nights_are_quieter_than_days():
    hour = (np.asarray(rows()["created_ms"]) // 3_600_000 - 4) % 24
    assert np.isin(hour, range(1, 6)).sum() < 0.15 * np.isin(hour, range(17, 22)).sum()


def test_a_popular_post_has_organic_shares_within_a_minute_of_each_other():
    shared = rows().filter(pc.is_valid(rows()["share_of"]))
    popular = shared["share_of"].value_counts().to_pylist()
    popular = max(popular, key=lambda one: one["counts"])["values"]
    at_ms = np.asarray(shared.filter(pc.equal(shared["share_of"], popular))["created_ms"])
    assert (np.diff(at_ms) < 60_000).sum() > 20


def test_both_languages_are_spoken_about_equally():
    french = np.asarray(pc.equal(rows()["lang"], "fr")).mean()
    assert 0.35 < french < 0.65


def test_fans_newsrooms_candidates_and_hyperactive_people_take_part():
    roles = set(exercise().truth["role"].to_pylist())
    assert roles == {"organic", "fan", "newsroom", "hyperactive", "candidate", "campaign"}


# Secrets


@pytest.mark.parametrize("column", ["author", "author_created_ms", "author_followers"])
def test_no_column_of_an_account_tells_who_is_planted(column):
    columns = ["author_created_ms", "author_followers"]
    first = rows().group_by("author").aggregate([(one, "min") for one in columns]).sort_by("author")
    assert first["author"].to_pylist() == exercise().truth["account"].to_pylist()
    values = first["author"] if column == "author" else first[f"{column}_min"]
    assert kolmogorov(rank_of_planted(values)) < 1.63  # exceeded by chance once in 100


def test_ids_say_when_a_post_was_made_and_nothing_else():
    ids = rows()["post_id"].to_pylist()
    assert all(re.fullmatch(r"parlotte:\d{15}", one) for one in ids)
    made_ms = np.asarray([int(one.split(":")[1]) // 4096 for one in ids])
    assert len(np.unique(np.asarray(rows()["created_ms"]) - made_ms)) == 1


def test_names_are_all_of_one_form():
    assert all(re.fullmatch(r"parlotte:u\d+", one) for one in exercise().truth["account"].to_pylist())


def test_every_domain_is_reserved_for_examples():
    links = rows()["links"].drop_null().combine_chunks().flatten()
    assert all(one.endswith(".example") for one in pc.struct_field(links, "domain").unique().to_pylist())
    addresses = re.findall(r"https?://([^/\s]+)", "\n".join(bodies("fr") + bodies("en")))
    assert all(one.endswith(".example") for one in addresses)


# Words


def test_organic_posts_are_rarely_repeated_word_for_word():
    organic = exercise().truth.filter(pc.not_equal(exercise().truth["role"], "campaign"))["account"]
    said = rows().filter(pc.is_in(rows()["author"], organic.combine_chunks()))["body"].drop_null()
    long = said.filter(pc.greater(pc.utf8_length(said), 60))
    assert len(long.unique()) > 0.98 * len(long)


def test_short_phrases_are_repeated_by_many():
    said = rows()["body"].drop_null().value_counts().to_pylist()
    assert max(one["counts"] for one in said) > 50


def test_hashtags_stand_in_the_text_in_their_order():
    for row in rows().slice(0, 3000).to_pylist():
        if row["body"]:
            assert re.findall(r"#(\w+)", row["body"]) == row["hashtags"]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_texts_are_clean(language):
    for said in bodies(language):
        assert said
        assert said == said.strip()
        assert not re.search(r" {2}|['\"{}~]", said)


def test_french_typography_is_that_of_quebec():
    for said in bodies("fr"):
        words = re.sub(r"https?://\S+", "", said)
        assert not re.search(r"(?<!\u00a0)[:»%$]|«(?!\u00a0)|\s[?!;,.]", words), said


def test_french_words_are_elided():
    for said in bodies("fr"):
        assert not re.search(r"\b(de|que) (Anse|Eiderton|Odile|Anselme|Hector)", said)


# What is asked


@pytest.mark.parametrize(
    ("asked", "option"),
    [
        ({"posts": 999}, "--posts"),
        ({"posts": 100_000_001}, "--posts"),
        ({"days": 0}, "--days"),
        ({"days": 367}, "--days"),
        ({"seed": -1}, "--seed"),
    ],
)
def test_numbers_that_mean_nothing_are_refused(asked, option):
    with pytest.raises(BadOptionError) as refused:
        generate(**{"seed": 1, "posts": 1000, "days": 1, **asked})
    assert refused.value.facts["option"] == option
