"""Texts written one way: the plain reading, letter by letter, is the oracle."""

from __future__ import annotations

import re
import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.text import normalise, words_alone
from vigie.text.normalising import EMOJI

UNSEEN = {
    *(0xAD, 0x34F, 0x61C, 0x640, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x200B, 0x200E, 0x200F, 0x3164, 0xFEFF),
    *(0xFFA0, *range(0x180B, 0x1810), *range(0x202A, 0x202F), *range(0x2060, 0x2070)),
    *(*range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFFC), *range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B)),
    *range(0xE0000, 0xE1000),
}
IS_EMOJI = re.compile("[" + re.sub(r"\\x\{(\w+)\}", lambda found: chr(int(found[1], 16)), EMOJI) + "]")
# What people write, and what others write to deceive: every script of the issue, signs that nobody sees.
ALPHABET = (
    "abcéÉœßſςΣİıŒ0129०٣ \t\n\u00a0\u3000.,!?-_'’«»@#/:"
    "中文国投票，。ａＷ１哈한국어カナﾊﾟ"
    "السلامﻻﷺگپی\u0640\u064b\u0651ਪੰਜਾਬੀਂऀहिन्दी्ᐃᓄᒃᑎᑐᑦ"
    "Привітёй😂❤👨👩👧🏳🏽⚕"
    "\u200b\u200c\u200d\u200e\u200f\u202e\ufeff\ufe0f\u2060\u00ad\U000e0061\u0301\u0308\u0327\u0345ﬁ½™²…①ǅK"
)
TEXTS = st.text(st.one_of(st.sampled_from(ALPHABET), st.characters(exclude_categories=["Cs", "Cn"])))


def plain(text: str) -> str:
    """Return a text as `normalise` promises, read plainly."""
    seen = "".join(sign for sign in text if ord(sign) not in UNSEEN)
    joined = ""
    for sign in re.sub(r"(?<=\u200c)\u200c+", "", seen):
        if sign == "\u200c":
            joined += " " if joined and _is_arabic(joined[-1]) else ""
        else:
            joined += sign
    kept = ""
    for sign in joined:
        if sign != "\u200d" or (kept and IS_EMOJI.match(kept[-1])):
            kept += sign
    low = unicodedata.normalize("NFKC", kept).replace("İ", "i").lower().replace("ß", "ss").replace("ς", "σ")
    low = " ".join(part for part in re.split(r"[\s\x00-\x1f\x7f-\x9f]+", _spaced(low)) if part)
    return re.sub(r"(?s)([^\d])\1{2,}", r"\1\1", low)


def _spaced(text: str) -> str:
    return "".join(" " if unicodedata.category(sign)[0] == "Z" else sign for sign in text)


def _is_arabic(sign: str) -> bool:
    """Only asked where the alphabet above has it: the script of a letter is not in `unicodedata`."""
    return "ARABIC" in unicodedata.name(sign, "") and sign not in "\u064b\u0651" and not sign.isdecimal()


def one(text: str, how=normalise) -> str:
    (told,) = how(pa.array([text])).to_pylist()
    return told


@given(st.lists(st.one_of(st.none(), TEXTS.filter(lambda text: "\u200c" not in text)), min_size=1))
def test_a_column_reads_as_the_plain_reading_of_each_text(texts):
    column = pa.array(texts, pa.string())
    assert normalise(column).to_pylist() == [None if text is None else plain(text) for text in texts]


@given(TEXTS)
@pytest.mark.parametrize("how", [normalise, words_alone])
def test_what_is_normalised_stays(how, text):
    told = one(text, how)
    assert one(told, how) == told


@given(st.lists(TEXTS, max_size=5), st.integers(0, 5), st.integers(1, 3))
@pytest.mark.parametrize("how", [normalise, words_alone])
def test_a_text_reads_the_same_wherever_it_stands_in_a_column(how, texts, start, chunks):
    column = pa.chunked_array([pa.array(texts, pa.string())] * chunks).slice(start)
    assert how(column).to_pylist() == [one(text, how) for text in (texts * chunks)[start:]]


@pytest.mark.parametrize(
    "text",
    [
        "今天投票，明天开票。",
        "السلام عليكم ورحمة الله",
        "ਸਤਿ ਸ੍ਰੀ ਅਕਾਲ, ਵੋਟ ਪਾਓ",
        "ᐃᓄᒃᑎᑐᑦ ᐅᖃᓪᓚᒍᓐᓇᖅᐳᖓ",
        "हिन्दी में लड़की",
        "l’été à côté de l’œuvre",
        "😂🇨🇦👨‍👩‍👧🏽",
        "вибори в Україні",
    ],
)
def test_every_script_and_emoji_stays(text):
    assert one(text) == unicodedata.normalize("NFKC", text).lower()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ＶＯＴＥ １", "vote 1"),
        ("vo\u200bte\u00ad\u2060r", "voter"),
        ("\u202evote\u202c", "vote"),
        ("voteeeeee!!!!!!", "voteee!!!"),
        ("راااااائع", "رااائع"),
        ("مـــحمد", "محمد"),
        ("ﻻ", "لا"),
        ("می\u200cخواهم", "می خواهم"),
        ("vo\u200cte", "vote"),
        ("❤\ufe0f", "❤"),
        ("a\u0301te\u00a0\u3000 b", "áte b"),
        ("STRASSE", "Straße"),
        ("e\u200b\u0301", "é"),
        ("vote\U000e0041\U000e0042", "vote"),
        ("哈哈哈哈哈", "哈哈哈"),
    ],
)
def test_what_reads_the_same_compares_the_same(first, second):
    assert one(first) == one(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [("1000", "100000"), ("côté", "cote"), ("see", "se"), ("👨‍👩‍👧", "👩‍👧"), ("लड़का", "लड़की"), ("是", "否")],
)
def test_what_differs_stays_apart(first, second):
    assert one(first) != one(second)


def test_words_alone_leave_out_addresses_mentions_accents_and_signs():
    assert one("@élise Regardez : HTTPS://a.example/x l’ÉTÉ… 2026 !", words_alone) == "regardez l ete 2026"


def test_nothing_is_nothing():
    assert normalise(pa.array([], pa.string())).to_pylist() == []
    assert normalise(pa.array([None, ""], pa.large_string())).to_pylist() == [None, ""]
    assert normalise(pa.chunked_array([], pa.string())).to_pylist() == []


def test_every_code_point_is_read_as_python_reads_it():
    signs = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) not in {"Cs", "Cn"}]
    told = normalise(pa.array(signs)).to_pylist()
    assert [sign for sign, text in zip(signs, told, strict=True) if text != plain(sign)] == []
