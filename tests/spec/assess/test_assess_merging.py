"""Two people change one text at once."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from vigie.assess.merging import Part, merge

words = st.lists(st.sampled_from(["a", "b", "c", "dé", "état", "\n", "影响"]), max_size=12).map(" ".join)


def test_changes_in_two_places_are_joined():
    merged = merge(
        "Forty accounts copied one text. It was small.",
        "Forty-one accounts copied one text. It was small.",
        "Forty accounts copied one text. It was large.",
    )
    assert merged.is_clean
    assert merged.text == "Forty-one accounts copied one text. It was large."


def test_where_both_changed_the_same_place_both_stand_side_by_side():
    merged = merge("seen by many people", "seen by few people", "seen by 3,000 people")
    assert merged.parts == (
        Part(text="seen by "),
        Part(mine="few", theirs="3,000"),
        Part(text=" people"),
    )
    assert not merged.is_clean


def test_the_same_change_twice_is_one_change():
    assert merge("one", "two", "two").parts == (Part(text="two"),)


def test_what_one_deleted_and_the_other_changed_is_for_a_person():
    merged = merge("a b c", "a c", "a B c")
    assert not merged.is_clean
    assert "B" in merged.text


def test_spaces_and_lines_are_kept():
    assert merge("a\n\nb", "a\n\nb\n\nc", "A\n\nb").text == "A\n\nb\n\nc"


@given(base=words, other=words)
def test_what_only_one_changed_is_taken(base, other):
    assert merge(base, other, base).text == other
    assert merge(base, base, other).text == other


@given(base=words, mine=words, theirs=words)
def test_no_new_word_is_lost(base, mine, theirs):
    text = merge(base, mine, theirs).text
    kept = set(re.findall(r"\S+", text))
    new = (set(mine.split()) | set(theirs.split())) - set(base.split())
    assert new <= kept


@given(base=words, mine=words, theirs=words)
def test_it_does_not_matter_who_is_called_mine(base, mine, theirs):
    one, other = merge(base, mine, theirs), merge(base, theirs, mine)
    assert [(part.text, part.mine, part.theirs) for part in one.parts] == [
        (part.text, part.theirs, part.mine) for part in other.parts
    ]


def test_words_that_never_stand_alone_cost_little_and_lose_nothing():
    """The same sixty words again and again, parted differently: a plain comparison takes minutes."""
    words_ = [chr(0x4E00 + place % 60) for place in range(5_000)]
    versions = [sign.join(words_) for sign in (" ", "\n", "\t")]
    merged = merge(*versions)
    assert not merged.is_clean
    assert "".join(part.text + part.mine for part in merged.parts) == versions[1]
    assert "".join(part.text + part.theirs for part in merged.parts) == versions[2]
