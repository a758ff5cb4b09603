"""Keys are derived as RFC 5869 says; sealed bytes open with their key, under their own words, and whole."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.trust import WrongKeyError, derive, seal, unseal

KEY = bytes(range(32))


def hkdf_by_hand(master, salt, purpose):
    """Return HKDF-SHA-256 (RFC 5869, section 2) of one block."""
    extracted = hmac.new(salt or bytes(32), master, hashlib.sha256).digest()
    return hmac.new(extracted, purpose.encode() + b"\x01", hashlib.sha256).digest()


@given(master=st.binary(min_size=32, max_size=64), salt=st.binary(max_size=40), purpose=st.text(max_size=20))
def test_a_key_is_derived_as_the_standard_says(master, salt, purpose):
    assert derive(master, purpose, salt=salt) == hkdf_by_hand(master, salt, purpose)


@given(plain=st.binary(max_size=200), about=st.text(max_size=20))
def test_what_was_sealed_opens(plain, about):
    assert unseal(KEY, seal(KEY, plain, about=about), about=about) == plain


@given(plain=st.binary(max_size=20), place=st.integers(0, 47), bit=st.integers(0, 7))
def test_any_changed_bit_breaks_the_seal(plain, place, bit):
    sealed = bytearray(seal(KEY, plain, about="about"))
    sealed[place % len(sealed)] ^= 1 << bit
    with pytest.raises(WrongKeyError):
        unseal(KEY, bytes(sealed), about="about")


@pytest.mark.parametrize(
    ("key", "cut", "about"),
    [(bytes(32), None, "this"), (KEY, None, "that"), (KEY, 20, "this"), (KEY, 0, "this")],
)
def test_another_key_other_words_or_a_part_do_not_open_it(key, cut, about):
    sealed = seal(KEY, b"plain", about="this")
    with pytest.raises(WrongKeyError):
        unseal(key, sealed[:cut], about=about)


def test_the_same_bytes_are_sealed_differently_each_time():
    assert seal(KEY, b"plain", about="this") != seal(KEY, b"plain", about="this")


def test_a_short_master_key_is_no_secret():
    with pytest.raises(ValueError, match="at least 32 bytes"):
        derive(bytes(31), "use")
