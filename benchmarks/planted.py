"""Short texts with planted copies: real words of the exercise, each copy edited as people edit.

`python planted.py FOLDER COUNT SEED [any-order]` writes `texts.parquet` (canonical posts), `texts.ndjson`
(the same for tools that read no Parquet) and `truth.parquet` (`post_id`, `source`: null for a text that was
not planted).
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from vigie.exercise import SCHEMA, generate

COPIES = (1, 40)  # of each planted text, fewest and most
PLANTED = 0.2  # of all texts
HASHTAGS = ("#Vote", "#AlerteInfo", "#WakeUp", "#PartagezSVP", "#Truth", "#Scandale")
OPENINGS = ("URGENT: ", "RT ", "À lire! ", "This. ", "Must read: ", "")
EMOJI = ("🔥", "😡", "‼️", "👇👇", "🙏")
LETTERS_MIN = 40  # of a text that is copied, so that an edited copy is long enough to be compared


def planted(folder: Path, count: int, seed: int, *, source_first: bool = True) -> None:
    """Write them; with `source_first`, what was copied stands before its copies."""
    chance = random.Random(seed)  # noqa: S311 (the same texts each time)
    organic = bodies(count, seed)
    chance.shuffle(organic)
    vocabulary = sorted({word for text in organic[:2_000] for word in text.split() if word.isalpha()})
    sources = [text for text in organic if sum(map(str.isalnum, text)) >= LETTERS_MIN]
    rows: list[tuple[float, str, str | None]] = []
    number = 0
    while len(rows) < PLANTED * count:
        text = sources[number]
        copies = [edited(text, chance, vocabulary) for _ in range(chance.randint(*COPIES))]
        places = [chance.random() for _ in range(1 + len(copies))]
        if source_first:
            places.sort()
        rows += [(place, one, str(number)) for place, one in zip(places, [text, *copies], strict=True)]
        number += 1
    used = set(sources[:number])
    left = [text for text in organic if text not in used][: count - len(rows)]
    rows += [(chance.random(), text, None) for text in left]
    rows.sort(key=lambda row: row[0])
    write(folder, [(text, source) for _place, text, source in rows])


def bodies(count: int, seed: int) -> list[str]:
    """Return different texts of an invented conversation."""
    exercise = generate(seed=seed, posts=max(3 * count, 10_000), days=14)
    posts = pa.Table.from_batches(list(exercise.batches()), schema=SCHEMA)
    return [text for text in dict.fromkeys(posts["body"].to_pylist()) if text]


def edited(text: str, chance: random.Random, vocabulary: list[str]) -> str:
    """Return a text as somebody who copies it changes it: one to three kinds of edits."""
    kinds = (typos, swapped, shortened, decorated, opened, recased, addressed)
    for edit in chance.sample(kinds, chance.randint(1, 3)):
        text = edit(text, chance, vocabulary)
    return text


def typos(text: str, chance: random.Random, _words: list[str]) -> str:
    """Return it with up to four letters wrong."""
    signs = list(text)
    for _ in range(chance.randint(1, 4)):
        signs[chance.randrange(len(signs))] = chance.choice("abcdefghijklmnopqrstuvwxyzé")
    return "".join(signs)


def swapped(text: str, chance: random.Random, words: list[str]) -> str:
    """Return it with one word in ten, at least one, replaced."""
    parts = text.split(" ")
    for _ in range(max(1, len(parts) // 10)):
        parts[chance.randrange(len(parts))] = chance.choice(words)
    return " ".join(parts)


def shortened(text: str, chance: random.Random, _words: list[str]) -> str:
    """Return it with one word in fifteen, at least one, left out."""
    parts = text.split(" ")
    for _ in range(max(1, len(parts) // 15)):
        del parts[chance.randrange(len(parts))]
    return " ".join(parts)


def decorated(text: str, chance: random.Random, _words: list[str]) -> str:
    """Return it with a hashtag and signs of feeling."""
    return f"{text} {chance.choice(HASHTAGS)} {chance.choice(EMOJI)}"


def opened(text: str, chance: random.Random, _words: list[str]) -> str:
    """Return it with a word before it."""
    return chance.choice(OPENINGS) + text


def recased(text: str, chance: random.Random, _words: list[str]) -> str:
    """Return it loud."""
    return text.upper() + "!" * chance.randint(1, 5)


def addressed(text: str, chance: random.Random, _words: list[str]) -> str:
    """Return it with an address and somebody mentioned."""
    return f"@ami{chance.randrange(1_000)} {text} https://exemple.example/{chance.randrange(10**6)}"


def write(folder: Path, rows: list[tuple[str, str | None]]) -> None:
    """Write texts and truth."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = [f"t{n}" for n in range(len(rows))]
    texts = [text for text, _source in rows]
    table = pa.table(
        {
            "post_id": ids,
            "author": [f"u{n % 5_000}" for n in range(len(rows))],
            "created_ms": pa.array(range(len(rows)), pa.int64()),
            "body": texts,
        }
    )
    pq.write_table(table, folder / "texts.parquet")
    with (folder / "texts.ndjson").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(text) + "\n" for text in texts)
    truth = pa.table({"post_id": ids, "source": pa.array([source for _text, source in rows], pa.string())})
    pq.write_table(truth, folder / "truth.parquet")


if __name__ == "__main__":
    planted(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), source_first="any-order" not in sys.argv)
