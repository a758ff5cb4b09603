"""What is told of pictures: first seen in the collection, and come again with another text."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.detect.reuse import CHANGES, METHOD, PICTURES, Rule, card, detect
from vigie.detect.reuse.signals import signals
from vigie.terms.errors import BadOptionError, UnfitTableError
from vigie.terms.media import CREDENTIALS
from vigie.terms.posts import POSTS

DAY_MS = 86_400_000
FLOOD = "Spring flood in the streets of Gatineau, the river rises again"
BOMBS = "Dam destroyed near Kherson, thousands flee bombs"


def kinds(found):
    return found.changes["kind"].to_pylist()


def test_an_old_picture_with_another_text_is_told_with_its_silence(album, came_back):
    found = detect(album.table(came_back))
    (change,) = found.changes.to_pylist()
    assert (change["kind"], change["accounts"], change["posts"]) == ("old_picture", 2, 2)
    assert change["silence_ms"] == 398 * DAY_MS
    (picture,) = found.pictures.to_pylist()
    assert (picture["first_post"], picture["first_account"]) == ("p1", "a")
    assert (picture["posts"], picture["contexts"], picture["looks"]) == (4, 2, 2)


def test_soon_after_it_is_a_changed_context(album, came_back):
    for post in came_back[2:]:
        post["created_ms"] -= 390 * DAY_MS
    assert kinds(detect(album.table(came_back))) == ["changed_context"]


def test_the_same_story_again_is_no_change(album, came_back):
    for post in came_back[2:]:
        post["body"] = FLOOD + " !"
    assert kinds(detect(album.table(came_back))) == []


def test_one_account_alone_changes_no_context(album, came_back):
    came_back[3]["author"] = "c"
    assert kinds(detect(album.table(came_back))) == []


def test_posts_of_one_narrative_are_one_context(album, came_back):
    groups = pa.table({"post_id": ["p1", "p2", "p3", "p4"], "group": ["n"] * 4})
    assert kinds(detect(album.table(came_back), groups=groups)) == []


def test_another_language_soon_after_is_not_called_unlike(album, came_back):
    for number, post in enumerate(came_back[2:]):
        post.update(lang="fr", created_ms=3 * DAY_MS + number)
        post["body"] = "La rivière monte encore au printemps, rues fermées par la crue"
    assert kinds(detect(album.table(came_back))) == []


def test_another_language_after_a_long_silence_is_told_as_not_compared(album, came_back):
    for post in came_back[2:]:
        post.update(lang="ar", body="تدمير السد قرب خيرسون وفرار الآلاف من القصف")
    found = detect(album.table(came_back))
    assert [(one["kind"], one["is_compared"]) for one in found.changes.to_pylist()] == [
        ("old_picture", False)
    ]
    (signal,) = signals(found, album.table(came_back))
    assert "not_compared" in {one.code for one in signal.indicators}


@pytest.mark.parametrize("wrong", [{"pdq_quality": 20}, {"pdq": "0" * 64}, {"pdq": "f" * 64}])
def test_hashes_that_tell_nothing_bring_nothing_together(album, came_back, wrong):
    for post in came_back:
        post["media"][0].update(wrong)
    found = detect(album.table(came_back))
    assert (found.pictures.num_rows, found.flat_count) == (0, 4)


def test_a_placeholder_is_left_out_with_what_looks_like_it(album, came_back):
    found = detect(album.table(came_back), ignored={came_back[0]["media"][0]["pdq"].upper()})
    assert (found.pictures.num_rows, found.ignored_count) == (0, 4)


def test_a_file_without_a_look_is_known_by_its_bytes(album):
    film = {"sha256": "ab" * 32, "mime": "video/mp4"}
    rows = [album.post(n, f"a{n}", n, FLOOD, film) for n in range(2)]
    rows.append(album.post(9, "z", 9, FLOOD, {"mime": "video/mp4"}))
    found = detect(album.table(rows))
    assert found.pictures["picture"].to_pylist() == ["sha256:" + "ab" * 32]
    assert found.unhashed_count == 1


def test_a_file_that_was_hashed_once_is_known_by_its_look_everywhere(album):
    picture, sha = album.picture(), "cd" * 32
    rows = [
        album.post(1, "a", 1, FLOOD, {"sha256": sha}),
        album.post(2, "b", 2, FLOOD, {"sha256": sha, "pdq": picture}),
        album.post(3, "c", 3, FLOOD, album.edited(picture, 12)),
    ]
    assert detect(album.table(rows)).pictures["posts"].to_pylist() == [3]


def test_a_look_without_borders_joins_pictures_that_its_hash_does_not(album):
    whole, bordered, sha = album.picture(), album.picture(), "ef" * 32
    rows = [
        album.post(1, "a", 1, FLOOD, whole),
        album.post(2, "b", 2, FLOOD, {"sha256": sha, "pdq": bordered}),
    ]
    looks = pa.table({"sha256": [sha, "00" * 32], "look": [album.edited(whole, 8), whole]})
    assert detect(album.table(rows)).pictures.num_rows == 0
    assert detect(album.table(rows), looks=looks).pictures["posts"].to_pylist() == [2]


def test_the_picture_of_a_house_is_no_signal(album, came_back):
    logo = came_back[0]["media"][0]["pdq"]
    rows = [album.post(f"h{n}", "house", n, f"News of day {n}: topic{n} other{n}", logo) for n in range(30)]
    found = detect(album.table([*came_back, *rows]))
    assert found.pictures["use"].to_pylist() == ["house"]
    assert kinds(found) == []


def test_a_decoration_that_stands_beside_all_kinds_of_texts_is_no_signal(album, came_back):
    picture = came_back[0]["media"][0]["pdq"]
    rows = [
        album.post(f"d{n}", f"d{n}", n, " ".join(f"word{n}x{part}" for part in range(6)), picture)
        for n in range(40)
    ]
    found = detect(album.table([*came_back, *rows]))
    assert found.pictures["use"].to_pylist() == ["decoration"]
    assert kinds(found) == []


def test_a_shared_post_says_again_what_another_said_and_is_left_out(album, came_back):
    for post in came_back[2:]:
        post["share_of"] = "p1"
    assert detect(album.table(came_back)).pictures["posts"].to_pylist() == [2]


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1_000))
def test_the_order_of_rows_and_rows_twice_change_nothing(seed):
    from vigie.detect.reuse import COLUMNS  # the fixture's helpers cannot be asked for once per example

    chance = np.random.default_rng(seed)
    looks = ["0f" * 32, "3c" * 32, "0e" + "0f" * 31]
    texts = [FLOOD, BOMBS, "crue à Gatineau", None, "赫尔松附近大坝被炸毁", "🔥🔥"]
    rows = [
        {
            "post_id": f"p{number}",
            "author": f"a{chance.integers(4)}",
            "created_ms": int(chance.integers(3)) * 200 * DAY_MS,
            "body": texts[chance.integers(len(texts))],
            "lang": ["en", "fr", None][chance.integers(3)],
            "media": [{"pdq": looks[chance.integers(3)], "sha256": None, "c2pa": "invalid"}],
        }
        for number in range(12)
    ]
    schema = pa.schema([POSTS.field(name) for name in COLUMNS])
    mixed = [rows[place] for place in chance.permutation(12)] + rows[:4]
    one = detect(pa.Table.from_pylist(rows, schema=schema))
    other = detect(pa.Table.from_pylist(mixed, schema=schema))
    assert one == other
    posts = pa.Table.from_pylist(mixed, schema=schema)
    assert signals(one, pa.Table.from_pylist(rows, schema=schema)) == signals(other, posts)


def test_nothing_is_nothing():
    found = detect(POSTS.empty_table())
    assert (found.pictures.schema, found.changes.schema) == (PICTURES, CHANGES)
    assert signals(found, POSTS.empty_table()) == ()


def test_one_post_of_unknown_account_and_text_is_nothing(album):
    found = detect(album.table([album.post(1, None, 1, None, album.picture())]))
    assert (found.post_count, found.pictures.num_rows) == (1, 0)


def test_a_table_without_media_is_refused():
    with pytest.raises(UnfitTableError):
        detect(POSTS.empty_table().drop_columns(["media"]))


@pytest.mark.parametrize(
    "wrong", [{"distance_max": 32}, {"quality_min": 101}, {"alike_min": 0}, {"old_days": 0}, {"posts_min": 0}]
)
def test_a_rule_that_means_nothing_is_refused(wrong):
    with pytest.raises(BadOptionError):
        Rule(**wrong)


def test_a_signal_shows_posts_side_by_side_and_says_where_credentials_stand(album, came_back):
    came_back[3]["media"][0]["c2pa"] = "invalid"
    (signal,) = signals(detect(album.table(came_back)), album.table(came_back))
    assert (signal.method, signal.subject_kind) == (METHOD, "medium")
    assert signal.sentence.format(**signal.facts).startswith(
        "A picture first seen in our collection 399 days"
    )
    pairs, traces, uses, credentials = signal.exhibits
    assert {row[:2] for row in pairs.rows} <= {(a, b) for a in ("p1", "p2") for b in ("p3", "p4")}
    assert traces.row_count == 0
    assert [row[0] for row in uses.rows] == ["p1", "p2", "p3", "p4"]
    assert dict(credentials.rows) == {CREDENTIALS["absent"]: 3, CREDENTIALS["invalid"]: 1}
    assert {row[-1] for row in uses.rows} == {CREDENTIALS["absent"], CREDENTIALS["invalid"]}
    assert signal.posts[0] == "p1"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (BOMBS + " (file photo)", "says_old"),
        ("Photo d’archives : " + BOMBS, "says_old"),
        (BOMBS + ", a hoax", "says_corrected"),
        (BOMBS + ", une infox", "says_corrected"),
    ],
)
def test_texts_that_say_so_themselves_speak_for_an_open_origin(album, came_back, text, code):
    came_back[3]["body"] = text
    (signal,) = signals(detect(album.table(came_back)), album.table(came_back))
    assert (code, "open") in {(one.code, one.leaning) for one in signal.indicators}


def test_a_return_after_whole_years_may_commemorate(album, came_back):
    for post in came_back[2:]:
        post["created_ms"] = came_back[0]["created_ms"] + 730 * DAY_MS + 1
    (signal,) = signals(detect(album.table(came_back)), album.table(came_back))
    assert "anniversary" in {one.code for one in signal.indicators}


def test_the_card_tells_of_this_method_in_both_languages():
    about = card()
    assert about.id == METHOD
    assert set(about.parameters) == set(Rule.__dataclass_fields__)
    assert all(set(one) == {"en", "fr"} for one in (*about.failures, *about.never_claims, *about.steps))
