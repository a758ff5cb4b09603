"""Texts written one way, so that two that say the same compare as the same: whole columns at a time.

Every script keeps its letters and every emoji stays. What a reader does not see (zero-width signs, marks of
direction, variation selectors, hidden tags) is left out; what only stretches a word is cut short.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.text.signs import signs_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

# Signs that no reader sees, most of what NFKC_Casefold leaves out (https://www.unicode.org/reports/tr44/),
# and the Arabic tatweel, which only stretches a word.
UNSEEN = (
    r"[\x{00AD}\x{034F}\x{061C}\x{0640}\x{115F}\x{1160}\x{17B4}\x{17B5}\x{180B}-\x{180F}\x{200B}\x{200E}"
    r"\x{200F}\x{202A}-\x{202E}\x{2060}-\x{206F}\x{3164}\x{FE00}-\x{FE0F}\x{FEFF}\x{FFA0}\x{FFF0}-\x{FFFB}"
    r"\x{1BCA0}-\x{1BCA3}\x{1D173}-\x{1D17A}\x{E0000}-\x{E0FFF}]+"
)
PERSIAN_BREAK = r"(\p{Arabic})\x{200C}+"  # parts of a Persian word: people type it, or a space
NON_JOINER = r"\x{200C}+"
EMOJI = r"\x{2190}-\x{21FF}\x{2600}-\x{27BF}\x{2B00}-\x{2BFF}\x{1F300}-\x{1FAFF}"
JOINER_OF_NOTHING = (
    rf"(^|[^{EMOJI}\x{{200D}}])\x{{200D}}+"  # only after an emoji it joins: family, profession
)
JOINERS = r"\x{200D}{2,}"
SPACES = r"[\p{Z}\p{Cc}]+"
FOLDED = (("ß", "ss"), ("ς", "σ"))  # what case folding does beyond lower case in living scripts

# Marks that change no word where they are left out: accents (Latin, Greek, Cyrillic), Hebrew and Arabic
# points. Others, such as the vowel signs of Indic scripts or the voicing of kana, are part of the letters.
OPTIONAL_MARKS = r"[\x{0300}-\x{036F}\x{0591}-\x{05C7}\x{064B}-\x{0655}\x{0670}]+"
ADDRESS = r"(?i)(?:https?://|www\.)[!-~]+"  # in ASCII: Chinese goes on after an address without a space
MENTION = r"@[\p{Latin}\p{Greek}\p{Cyrillic}\p{Arabic}\p{N}\p{M}_.]+"
AGAIN_MAX = 2  # of one sign in a row; "soooo" and "sooo" say the same, "book" keeps its letters


def normalise(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Return texts as they compare: NFKC, folded case, nothing unseen, single spaces, no stretched words.

    Compatibility forms become plain (full-width, ligatures, Arabic presentation forms); accents and
    punctuation stay. Of one sign three or more times in a row two stay, digits excepted. What is normalised
    stays as it is, null stays null.
    """
    return _by_chunk(_normalised, texts)


def words_alone(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Return texts as `normalise` does, but without addresses, mentions, accents and punctuation."""
    return _by_chunk(_words_alone, texts)


def _by_chunk(one: Callable[[pa.Array], pa.Array], texts: pa.Array | pa.ChunkedArray) -> Any:
    if isinstance(texts, pa.ChunkedArray):
        return pa.chunked_array([one(chunk) for chunk in texts.chunks], texts.type)
    return one(texts)


def _normalised(text: pa.Array) -> pa.Array:
    text = pc.replace_substring_regex(_plain(text, form="NFKC"), SPACES, " ")
    return _unstretched(pc.utf8_trim(text, " "))


def _words_alone(text: pa.Array) -> pa.Array:
    text = pc.replace_substring_regex(text, ADDRESS, " ")
    text = pc.replace_substring_regex(text, MENTION, " ")
    text = pc.replace_substring_regex(_plain(text, form="NFKD"), OPTIONAL_MARKS, "")
    text = pc.replace_substring_regex(text, r"[^\p{L}\p{N}\p{M}]+", " ")
    return _unstretched(pc.utf8_trim_whitespace(text))


def _plain(text: pa.Array, *, form: str) -> pa.Array:
    """Return texts in one form of Unicode, in folded case, without what no reader sees."""
    text = pc.replace_substring_regex(text, UNSEEN, "")
    text = pc.replace_substring_regex(text, PERSIAN_BREAK, r"\1 ")
    text = pc.replace_substring_regex(text, NON_JOINER, "")
    text = pc.replace_substring_regex(text, JOINER_OF_NOTHING, r"\1")
    text = pc.replace_substring_regex(text, JOINERS, "\u200d")
    text = pc.utf8_lower(pc.utf8_normalize(text, form=form))
    for letter, plain in FOLDED:
        text = pc.replace_substring(text, letter, plain)
    return text


def _unstretched(text: pa.Array) -> pa.Array:
    """Return texts in which no sign but a digit stands more than twice in a row."""
    signs, starts = signs_of(text)
    again = _stands_again(signs, starts[:-1])
    if not again.any():
        return text
    kept = ~again
    sizes = (1 + (signs >= 1 << 7) + (signs >= 1 << 11) + (signs >= 1 << 16)) * kept  # bytes in UTF-8
    ends = np.concatenate([[0], np.cumsum(sizes)])[starts]
    data = signs[kept].tobytes().decode("utf-32-le").encode()
    cut = pa.Array.from_buffers(pa.large_string(), len(text), [None, pa.py_buffer(ends), pa.py_buffer(data)])
    return pc.if_else(text.is_valid(), cut.cast(text.type), pa.scalar(None, text.type))


def _stands_again(signs: NDArray[np.uint32], starts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return where a sign repeats the two before it in its own text."""
    again = np.zeros(len(signs), np.bool_)
    same = signs[1:] == signs[:-1]
    again[AGAIN_MAX:] = same[1:] & same[:-1]
    for place in range(AGAIN_MAX):
        first = starts + place
        again[first[first < len(signs)]] = False
    spared = [sign for sign in np.unique(signs[again]) if chr(sign).isdecimal()]
    return again & ~np.isin(signs, spared) if spared else again
