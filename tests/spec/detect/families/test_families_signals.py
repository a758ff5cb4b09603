"""A copy family as a signal: who, when, what differs, and what else could explain it."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from copies import Post, shuffled, table
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet as pq

from vigie.detect import families
from vigie.detect.families.signals import known, signals
from vigie.terms.signals import ACCOUNTS_MAX, POSTS_MAX, ROWS_MAX
from vigie.terms.times import DAY_MS, HOUR_MS

FERRY = "The ferry to the island was cancelled again this morning, nobody told the people waiting."


def told(*posts, platform=None):
    read = table(*posts)
    read = read if platform is None else read.append_column("platform", pa.array(platform, pa.string()))
    return signals(families.detect(read), read)


def crowd(text=FERRY, *, count=6, gap_ms=60_000, **given_):
    return [Post(text, who=f"u{n}", at=n * gap_ms, **given_) for n in range(count)]


def codes(one):
    return {(indicator.code, indicator.leaning) for indicator in one.indicators}


def test_two_accounts_are_no_signal_and_three_are():
    assert told(*crowd(count=2)) == ()
    (one,) = told(*crowd(count=3))
    assert (one.method, one.kind, one.subject_kind) == ("families/1", "copies", "family")
    assert (one.account_count, one.post_count, one.accounts) == (3, 3, ("u0", "u1", "u2"))
    assert one.facts == {"post_count": 3, "account_count": 3, "text": FERRY}
    assert (one.start_ms, one.end_ms) == (0, 120_000)


def test_the_subject_is_the_same_in_another_run_with_more_posts():
    (one,) = told(*crowd())
    other = told(*crowd(count=9), Post("Another text that is long enough to be somebody’s words", at=1))
    assert [signal.subject for signal in other] == [one.subject]


def test_many_accounts_in_an_hour_speak_for_coordination():
    (one,) = told(*crowd())
    assert ("many_soon", "coordinated") in codes(one)
    (fact,) = (indicator.facts for indicator in one.indicators if indicator.code == "many_soon")
    assert fact == {"soon_count": 6, "account_count": 6}


def test_a_text_that_spreads_over_days_speaks_for_an_organic_origin():
    (one,) = told(*crowd(gap_ms=DAY_MS // 2))
    assert codes(one) == {("slow", "organic")}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"“{FERRY}”", "quotation"),
        ("« La traverse est encore annulée ce matin, personne ne l’a dit aux gens. »", "quotation"),
        ("For immediate release: the ferry to the island will not run before Monday.", "press_release"),
        ("Pour diffusion immédiate : la traverse de l’île reprendra lundi matin.", "press_release"),
        ("I just signed this for the island’s ferry, sign the petition with your name!", "petition"),
        ("Je viens de signer pour la traverse de l’île, signez la pétition vous aussi!", "petition"),
        ("I liked a @YouTube video of the island’s ferry in the ice of last winter", "platform"),
        ("J’aime une vidéo @YouTube de la traverse dans les glaces de l’hiver dernier", "platform"),
        ("The ferry to the island will not run before Monday morning via @IslandPaper", "platform"),
        ("🎶 Gens du pays, c’est votre tour de vous laisser parler d’amour 🎶", "song"),
        ("🎶 Farewell to Nova Scotia, the sea-bound coast, let your mountains dark 🎶", "song"),
    ],
)
def test_what_people_repeat_openly_is_said_in_both_languages(text, code):
    (one,) = told(*crowd(text))
    assert (code, "open") in codes(one)


def test_an_address_that_most_carry_speaks_for_a_share_button():
    (one,) = told(*crowd(links=("https://paper.example/a",)))
    assert ("one_address", "open") in codes(one)


def test_titles_that_each_carry_an_address_of_their_own_speak_for_readers():
    (one,) = told(*(Post(f"{FERRY} https://t.example/{n}", who=f"u{n}", at=n) for n in range(6)))
    assert ("titles", "open") in codes(one)


def test_accounts_that_post_it_again_and_again_are_said():
    (one,) = told(*(Post(FERRY, who=f"u{n % 3}", at=n) for n in range(12)))
    assert ("again", "coordinated") in codes(one)


def test_edited_copies_are_shown_with_what_they_say_otherwise():
    edits = [Post(FERRY.replace("island", word), who=word, at=n + 1) for n, word in enumerate("abcd")]
    (one,) = told(Post(FERRY), *edits)
    assert ("edited", "coordinated") in codes(one)
    members, differences = one.exhibits
    assert differences.row_count == 4
    assert differences.rows[0][:3] == ("p1", "island", "a")
    assert [column.name for column in members.columns] == [
        *("created_ms", "account", "platform", "lang", "tier", "similarity", "post_id"),
    ]


def test_the_platform_of_each_post_is_shown_where_it_is_known():
    (one,) = told(*crowd(count=3), platform=["x", "y", None])
    assert [row[2] for row in one.exhibits[0].rows] == ["x", "y", None]
    (one,) = told(*crowd(count=3))
    assert [row[2] for row in one.exhibits[0].rows] == [None] * 3


def test_no_more_than_the_contract_allows_is_handed_over():
    (one,) = told(*crowd(count=300))
    assert (len(one.accounts), one.account_count) == (ACCOUNTS_MAX, 300)
    assert (len(one.posts), one.post_count) == (POSTS_MAX, 300)
    assert (len(one.exhibits[0].rows), one.exhibits[0].row_count) == (ROWS_MAX, 300)


def test_what_is_densest_in_time_comes_first():
    slow = crowd("Some other text that is long enough to be somebody’s own words", gap_ms=HOUR_MS * 2)
    first, second = told(*crowd(), *slow)
    assert first.weight > second.weight
    assert first.facts["text"] == FERRY


def test_in_real_posts_what_many_repeat_are_titles_and_the_signals_say_so(real_posts):
    if not (real_posts / "usc_x24_sample.parquet").is_file():
        pytest.skip("usc_x24_sample is not there")
    read = pq.read_table(real_posts / "usc_x24_sample.parquet", columns=["post_id", "username", "ts", "text"])
    read = read.rename_columns(["post_id", "author", "created_ms", "body"])
    seconds = read["created_ms"].cast(pa.int64())
    read = read.set_column(2, "created_ms", pc.multiply(seconds, 1_000))
    every = signals(families.detect(read), read)
    assert len(every) > 100
    assert all({("many_soon", "coordinated"), ("titles", "open")} <= codes(one) for one in every[:5])


def test_nothing_gives_no_signal():
    assert told() == ()


def test_the_words_of_open_texts_are_there_in_both_languages():
    from vigie.detect.families.signals import OPEN

    assert known().keys() == OPEN.keys()


@settings(max_examples=10)
@given(seed=st.integers(0, 99))
def test_the_order_of_rows_changes_no_signal(seed):
    read = table(*crowd(), *crowd(FERRY.replace("island", "mainland"), count=4))
    other = shuffled(read, seed)
    assert signals(families.detect(read), read) == signals(families.detect(other), other)
