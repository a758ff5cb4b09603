"""Letters read by the compiled loop are those that `words_alone` says, whatever the signs."""

from __future__ import annotations

import unicodedata

import numpy as np
import pyarrow as pa
from copies import dense
from copies import letters as by_hand
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.detect.families import Rule
from vigie.detect.families.letters import LETTERS, REPEATED, letters_of
from vigie.detect.families.letters import _table as table_of_signs
from vigie.detect.families.signs import KIND

PIECES = (
    *("a", "A", "b", "é", "É", "ß", "œ", "½", "…", "ﬁ", "İ", "Σ", "ς", "ŉ", "Ⅷ", "㎏", "²", "1", "٣", "0"),
    *("@", "_", ".", "/", "#", ":", "!", " ", "\n", "\u00a0", "h", "t", "p", "s", "ſ", "K", "w"),
    *(
        "http://",
        "HTTPS://",
        "www.",
        "WWW.",
        "https:/",
        "http",
        "@ami",
        "@www.",
        "\u200b",
        "\u200d",
        "\u200c",
    ),
    *(
        "\ufe0f",
        "\u0301",
        "\u00ad",
        "你",
        "的",
        "가",
        "각",
        "ㅋ",
        "ん",
        "が",
        "ا",
        "ل",
        "ـ",
        "ᐅ",
        "क",
        "्",
        "🔥",
    ),
)


def read(bodies):
    letters, enough = letters_of(pa.array(bodies, pa.string()), Rule())
    return letters.to_pylist(), enough.to_pylist()


@settings(max_examples=50)
@given(texts=st.lists(st.lists(st.sampled_from(PIECES), max_size=30).map("".join), min_size=1, max_size=4))
def test_letters_of_awkward_texts_are_those_of_words_alone(texts):
    letters, enough = read(texts)
    assert letters == [by_hand(text) for text in texts]
    assert enough == [len(one) >= (20 if dense(one) else 30) for one in letters]


@settings(max_examples=50)
@given(texts=st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_letters_of_any_texts_are_those_of_words_alone(texts):
    assert read(texts)[0] == [by_hand(text) for text in texts]


def test_every_sign_of_the_table_becomes_what_words_alone_makes_of_it():
    kinds, _becomes = table_of_signs()
    known = [chr(point) for point in np.flatnonzero(kinds & KIND)]
    assert len(known) > 40_000
    texts = [f"{one * 4}x{one}{one} {one}@{one}z" for one in known]
    from vigie.detect.families.letters import _asked

    assert read(texts)[0] == _asked(pa.array(texts, pa.large_string())).to_pylist()


def test_what_may_stand_in_a_row_is_a_digit_or_a_korean_syllable():
    kinds, _becomes = table_of_signs()
    repeated = [chr(point) for point in np.flatnonzero(kinds & REPEATED)]
    assert all(one.isdecimal() or "HANGUL SYLLABLE" in unicodedata.name(one) for one in repeated)
    assert all(kinds[ord(one)] & KIND == LETTERS for one in repeated)


def test_of_a_long_text_the_beginning_counts():
    assert read(["ab" * 5_000])[0] == ["ab" * 2_000]
    assert read(["\u200dab" * 5_000])[0] == ["ab" * 2_000]
