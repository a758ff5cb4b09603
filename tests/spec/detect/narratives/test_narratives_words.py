"""Texts as words: by spaces, by runs of signs where there are none, without what grammar needs."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.detect.narratives.labels import as_written
from vigie.detect.narratives.words import stop_words, tokens_of, vocabulary_of, weighed
from vigie.text import words_alone


def said(text):
    tokens = tokens_of(pa.array([text], pa.large_string()))
    return tokens.spelled(np.arange(len(tokens.word)))


def by_hand(text):
    return [word for word in text.split(" ") if len(word) >= 2]


@given(st.text(alphabet="abcéж عب12 ", max_size=40))
def test_words_set_apart_by_spaces_are_the_words(text):
    assert said(text) == by_hand(text)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("选举舞弊", ["选举", "举舞", "舞弊"]),  # Chinese: pairs
        ("せんきょ", ["せん", "んき", "きょ"]),  # Japanese kana
        ("선거 부정", ["선거", "부정"]),  # Korean: pairs within words
        ("เลือก", ["เลื", "ลือ", "ือก"]),  # Thai: runs of three
        ("ᓂᕈᐊᕐᓂᖅ ᐃᓄᐃᑦ", ["ᓂᕈᐊ", "ᕈᐊᕐ", "ᐊᕐᓂ", "ᕐᓂᖅ", "ᐃᓄᐃ", "ᓄᐃᑦ"]),  # Inuktitut: runs of three
        ("الانتخابات مزورة", ["الانتخابات", "مزورة"]),  # Arabic: words
        ("covid疫苗", ["covid", "疫苗"]),  # scripts do not run into each other
        ("a 选", []),  # one sign alone says nothing
        ("🙂", []),
        ("", []),
    ],
)
def test_each_script_is_read_its_own_way(text, tokens):
    assert said(text) == tokens


def test_the_same_word_is_the_same_wherever_it_stands():
    tokens = tokens_of(pa.array(["vote today", "we vote", None], pa.large_string()))
    assert tokens.word[0] == tokens.word[3]
    assert tokens.text.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("lang", ["en", "fr", "und"])
def test_stop_words_are_written_as_texts_are_compared(lang):
    listed = sorted(stop_words(lang))
    assert words_alone(pa.array(listed)).to_pylist() == listed
    assert len(listed) > 150


def test_french_and_english_grammar_is_left_out_and_other_languages_by_frequency():
    texts = ["the vote was stolen", "the vote was late", "the cat was late"]
    vocabulary = vocabulary_of(tokens_of(pa.array(texts, pa.large_string())), "en")
    assert sorted(vocabulary.spelled) == ["late", "vote"]  # "stolen" and "cat" stand in one text alone
    same = ["das wetter schön", "das wetter schlecht"] + ["das essen"] * 18
    german = vocabulary_of(tokens_of(pa.array(same, pa.large_string())), "de")
    assert german.spelled == ["wetter"]


def test_rows_have_unit_length_and_texts_of_no_known_word_are_nothing():
    tokens = tokens_of(pa.array(["red apple", "red pear pear", "apple pear", "zzz"], pa.large_string()))
    rows = weighed(tokens, vocabulary_of(tokens, "xx"))
    lengths = np.sqrt((rows.toarray() ** 2).sum(axis=1))
    assert lengths.round(9).tolist() in ([1, 1, 1, 0], [0, 0, 0, 0])


def test_words_are_shown_as_people_write_them():
    texts = ["La Santé d’abord, la santé!", "sante"]
    assert as_written(["sante", "選挙"], texts) == ["santé", "選挙"]
