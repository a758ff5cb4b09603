"""Names to sign in with, and names that others read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie_node.people.names import (
    USERNAME,
    BadNameError,
    BadUsernameError,
    name_from,
    normal,
    username_from,
)


@given(st.text())
def test_bringing_a_name_to_its_form_twice_changes_nothing(text):
    assert normal(normal(text)) == normal(text)


@given(st.from_regex(USERNAME, fullmatch=True))
def test_every_name_to_sign_in_with_is_its_own_form(username):
    assert username_from(username) == username


@pytest.mark.parametrize("typed", ["Marie-Eve", "  marie-eve ", "ＭＡＲＩＥ-eve", "marie-ｅve"])
def test_case_spaces_and_wide_letters_make_no_other_name(typed):
    assert username_from(typed) == "marie-eve"


@pytest.mark.parametrize(
    "typed", ["", " ", "mаrie", "marie eve", "-marie", "marie.", "é", "a" * 65, "a\x00b", "a\u200bb"]
)
def test_what_could_pass_for_another_name_is_refused(typed):
    with pytest.raises(BadUsernameError):
        username_from(typed)


@pytest.mark.parametrize("name", ["Marie-Ève Côté", "ਪੰਜਾਬੀ", "محمد", "ᐃᓄᒃᑎᑐᑦ", "نرگس‌زاده"])
def test_names_of_every_language_are_names(name):
    assert name_from(f"  {name} ") == name


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\u202eb", "a\x1b[31mb", "a\u2066b", "x" * 201])
def test_what_turns_text_around_or_shows_nothing_is_no_name(name):
    with pytest.raises(BadNameError):
        name_from(name)
