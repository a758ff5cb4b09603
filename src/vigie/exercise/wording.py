"""Bodies put together from the lexicon, many rows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.exercise.acts import NONE

if TYPE_CHECKING:
    import numpy.typing as npt

    from vigie.exercise.acts import Ints
    from vigie.exercise.lexicon import Facts, Lexicon, Phrases

    Bools = npt.NDArray[np.bool_]

STOCK_AMONG_COMMENTS, STOCK_AMONG_POSTS = 0.16, 0.02
QUOTING = 0.012
UNTAGGED_COMMENTS = 0.8
OPENED, ENDED, REACTED, CALLED = 0.45, 0.6, 0.65, 0.3  # of composed texts have such a clause
ON_TOPIC = 0.6  # of a community's texts are about its own subject


def bodies(
    chance: np.random.Generator,
    lexicon: Lexicon,
    *,
    language: Ints,
    community: Ints,
    facts: Facts,
    pledge: Bools,
    debate: Bools,
    comment: Bools,
    share: Bools,
    text: Ints,
    tags: Ints,
    link: Ints,
) -> tuple[Ints, pa.StringArray]:
    """Return each row's hashtag sequence and body.

    Args:
        chance: chooses the words.
        lexicon: holds them.
        language: of each row.
        community: of each author; communities have favourite subjects.
        facts: the town and the candidate that each text is about.
        pledge: whether a candidate speaks.
        debate: whether a debate is on.
        comment: whether the row answers a post.
        share: whether it passes one on, without words.
        text: the whole text to say, or NONE.
        tags: the hashtag sequence to use, or NONE.
        link: the link to add, or NONE.
    """
    count = len(language)
    mood = chance.random(count)
    ready = text != NONE
    stock = ~ready & ~share & (link == NONE)
    stock &= mood < np.where(comment, STOCK_AMONG_COMMENTS, STOCK_AMONG_POSTS)
    quote = ~ready & ~share & (mood > 1 - QUOTING)
    pledge = pledge & ~(ready | share)
    stock, quote = stock & ~pledge, quote & ~pledge
    free = ~(ready | stock | quote | share | pledge)
    drawn = lexicon.draw_tags(chance, language, debate=debate & ~comment)
    drawn = np.where(stock | ready | (comment & (mood < UNTAGGED_COMMENTS)), 0, drawn)
    tags = np.where(share, 0, np.where(tags == NONE, drawn, tags))
    pieces = [
        *composed(chance, lexicon, language, topic(chance, community, lexicon), facts, free),
        taken(lexicon.greetings, lexicon.greetings.draw(chance, language, facts=facts), pledge),
        taken(lexicon.pledges, lexicon.pledges.draw(chance, language, facts=facts), pledge),
        taken(lexicon.stock, lexicon.stock.draw_first(chance, language), stock),
        taken(lexicon.quotes, lexicon.quotes.draw_first(chance, language), quote),
        chosen(lexicon.wholes, text, ready),
        lexicon.tags_said.take(pa.array(tags)),
        pc.if_else(pa.array(link != NONE), " ", ""),
        chosen(lexicon.urls, link, link != NONE),
    ]
    body = pc.binary_join_element_wise(*pieces, "")
    return tags, pc.if_else(pa.array(share), pa.scalar(None, pa.string()), body)


def composed(
    chance: np.random.Generator, lexicon: Lexicon, language: Ints, about: Ints, facts: Facts, free: Bools
) -> list[pa.StringArray]:
    """Return the clauses of each free text, empty where a text has none of a sort."""
    count = len(language)
    opened = free & (chance.random(count) < OPENED)
    ended = free & (chance.random(count) < ENDED)
    reacted = free & (~ended | (chance.random(count) < REACTED))
    called = free & (chance.random(count) < CALLED)
    subject = lexicon.subjects.draw(chance, language, about, facts=facts)
    return [
        taken(lexicon.openings, lexicon.openings.draw(chance, language, facts=facts), opened),
        taken(lexicon.subjects, subject, opened),
        chosen(lexicon.subjects_first, subject, free & ~opened),
        taken(lexicon.predicates, lexicon.predicates.draw(chance, language, about, facts=facts), free),
        taken(lexicon.endings, lexicon.endings.draw(chance, language, facts=facts), ended),
        pc.if_else(pa.array(free), ".", ""),
        taken(lexicon.reactions, lexicon.reactions.draw(chance, language, facts=facts), reacted),
        taken(lexicon.calls, lexicon.calls.draw(chance, language, facts=facts), called),
    ]


def topic(chance: np.random.Generator, community: Ints, lexicon: Lexicon) -> Ints:
    """Return the subject of each text: often its community's own."""
    subjects = lexicon.subjects.low.shape[1]
    own = chance.random(len(community)) < ON_TOPIC
    return np.where(own, community % subjects, chance.integers(0, subjects, len(community)))


def taken(phrases: Phrases, places: Ints, where: Bools) -> pa.StringArray:
    """Return the words at `places`, empty elsewhere."""
    return chosen(phrases.words, places, where)


def chosen(words: pa.StringArray, places: Ints, where: Bools) -> pa.StringArray:
    """Return the words at `places` where `where` holds, empty elsewhere."""
    return words.take(pa.array(places, mask=~where)).fill_null("")
