"""What a copy family is: told by examples, and judged against the plainest reading."""

from __future__ import annotations

import random
import string

import numpy as np
import pyarrow as pa
import pytest
from copies import Post, are_copies, by_hand, found, letters, levenshtein, shuffled, table, together
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.detect import families
from vigie.detect.families import Rule
from vigie.detect.families.distances import allowed, distance, largest_part, mark
from vigie.terms.errors import UnfitTableError

FERRY = "The ferry to the island was cancelled again this morning, nobody told the people waiting."
LIBRARY = "Our library closes on Sundays from next month, sign the petition before Thursday evening."


def test_the_same_text_is_a_family_whoever_wrote_it():
    result = found(Post(FERRY, who="a"), Post(FERRY, who="b"), Post(LIBRARY, who="c"))
    assert together(result) == {frozenset({"p0", "p1"})}
    assert result.families["tier"].to_pylist() == ["exact"]


def test_case_accents_punctuation_and_addresses_make_no_other_text():
    result = found(
        Post("Le débat est annulé ce soir à l’école du village, merci!"),
        Post("LE DEBAT EST ANNULE CE SOIR À L'ECOLE DU VILLAGE... MERCI https://exemple.example/x @ami"),
    )
    assert result.families["tier"].to_pylist() == ["normalised"]
    assert result.members["similarity"].to_pylist() == [1.0, 1.0]


def test_an_edited_text_is_near_and_says_how_near():
    result = found(Post(FERRY), Post(FERRY.replace("island", "mainland"), at=1))
    assert result.members["tier"].to_pylist() == ["exact", "near"]
    one, other = letters(FERRY), letters(FERRY.replace("island", "mainland"))
    expected = 1 - levenshtein(one, other) / max(len(one), len(other))
    assert result.members["similarity"].to_pylist() == [1.0, expected]


def test_families_never_chain():
    signs = random.Random(3).choices(string.ascii_lowercase, k=60)  # noqa: S311 (texts, nothing secret)
    chain = ["".join(signs)]
    for place in range(60):  # each text is one letter from the one before
        signs[place] = "é" if signs[place] == "e" else chr((ord(signs[place]) - 97 + 13) % 26 + 97)
        chain.append("".join(signs))
    result = found(*(Post(text, at=n) for n, text in enumerate(chain)))
    assert not are_copies(letters(chain[0]), letters(chain[-1]))
    assert all(
        are_copies(letters(chain[int(one[1:])]), letters(chain[int(other[1:])]), 0.6)
        for family in together(result)
        for one in family
        for other in family
    )
    assert max(len(family) for family in together(result)) < len(chain)


def test_a_text_of_few_letters_is_nobodys_property():
    assert together(found(Post("Bravo à toute l’équipe !"), Post("Bravo à toute l’équipe !"))) == set()


SCRIPTS = {  # each with words that another says instead
    "han": ("明天的选举投票站已经全部改到市中心的体育馆请大家转告", "体育馆", "图书馆"),
    "kana": ("明日の投票所は全て市民体育館に変更されましたのでご注意ください", "明日", "今日"),
    "hangul": ("내일투표소가전부시민체육관으로변경되었으니주의하세요", "체육관", "회관"),
    "arabic": ("تم نقل جميع مراكز الاقتراع إلى وسط المدينة غدا فأخبروا الجميع", "المدينة", "البلدة"),
    "cyrillic": ("Все избирательные участки завтра перенесены в центр города", "завтра", "сегодня"),
    "devanagari": ("कल सभी मतदान केंद्र शहर के बीच में ले जाए गए हैं सबको बताएं", "कल", "आज"),
    "syllabics": ("ᐅᓪᓗᒥ ᓂᕈᐊᕐᕕᒃ ᐊᓯᔾᔨᖅᓯᒪᔪᖅ ᐃᓄᓕᒫᓄᑦ ᑐᓴᐅᑎᑦᑎᒋᐊᖅᐳᖓ ᐅᖃᐅᑎᒃᑭᑦ", "ᐅᓪᓗᒥ", "ᐊᖃᒍ"),
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_copies_are_found_in_any_script(script):
    text, old, new = SCRIPTS[script]
    assert old in text
    assert together(found(Post(text), Post(text.replace(old, new)))) == {frozenset({"p0", "p1"})}


def test_twenty_chinese_signs_are_enough_and_twenty_latin_letters_are_not():
    chinese = "明天投票站改到体育馆请大家转告亲友邻居们"
    assert len(chinese) == 20
    assert together(found(Post(chinese), Post(chinese))) == {frozenset({"p0", "p1"})}
    assert together(found(Post(chinese[:-1]), Post(chinese[:-1]))) == set()
    assert together(found(Post("abcdefghijklmnopqrst"), Post("abcdefghijklmnopqrst"))) == set()


def test_what_is_shared_says_again_what_another_said():
    assert together(found(Post(FERRY), Post(FERRY, share_of="p0"))) == set()


def test_a_post_seen_twice_counts_once():
    assert together(found(Post(FERRY, id="same"), Post(FERRY, id="same"))) == set()


def test_a_table_without_texts_is_refused():
    with pytest.raises(UnfitTableError):
        families.detect(table(Post(FERRY)).drop(["body"]))


def test_nothing_gives_tables_without_rows():
    result = families.detect(table().slice(0, 0))
    assert result.families.schema.equals(families.FAMILIES)
    assert result.members.schema.equals(families.MEMBERS)
    assert result.links.schema.equals(families.LINKS)
    assert result.families.num_rows == result.members.num_rows == result.links.num_rows == 0


def test_the_specimen_is_the_earliest_post_and_the_largest_family_comes_first():
    result = found(
        Post(LIBRARY, at=1), Post(LIBRARY, at=2),
        Post(FERRY, at=9, who="x"), Post(FERRY + " Shame", at=5, who="y"), Post(FERRY, at=7, who="x"),
    )  # fmt: skip
    first = result.families.to_pylist()[0]
    assert (first["specimen"], first["size"], first["accounts"], first["texts"]) == ("p3", 3, 2, 2)
    assert (first["first_ms"], first["last_ms"]) == (5, 9)
    assert result.families["size"].to_pylist() == [3, 2]
    assert result.members["post_id"].to_pylist() == ["p3", "p4", "p2", "p0", "p1"]


def test_a_familys_id_is_that_of_its_specimen_in_any_data():
    one = found(Post(FERRY), Post(FERRY)).families["family"][0].as_py()
    other = found(Post(LIBRARY), Post(FERRY, at=5), Post(FERRY.upper(), at=6)).families["family"][0].as_py()
    assert one == other


def test_languages_are_the_platforms_word_or_the_specimens_script():
    result = found(Post(FERRY, lang="en-CA"), Post(FERRY, lang="fr"), Post(FERRY, lang="en"))
    assert result.families["languages"].to_pylist() == [["en", "fr"]]
    chinese = "明天投票站改到体育馆请大家转告亲友邻居们"
    assert found(Post(chinese), Post(chinese)).families["languages"].to_pylist() == [["zh"]]


# The plain reading is the judge

ALPHABET = "abcdeé明天的选举"


@st.composite
def some_posts(draw):
    """Texts with edits, so that many lie near the threshold, at equal and different times."""
    seed = draw(st.integers(0, 10_000))
    chance = random.Random(seed)  # noqa: S311 (texts, nothing secret)
    bases = ["".join(chance.choices(ALPHABET[:6], k=40)), "".join(chance.choices(ALPHABET[6:], k=28))]
    posts = []
    for _post in range(draw(st.integers(2, 12))):
        base = list(chance.choice(bases))
        for _edit in range(chance.choice([0, 1, 3, 6, 9, 12])):
            base[chance.randrange(len(base))] = chance.choice(["", "x", "y", "zz", "票"])
        posts.append(Post("".join(base), at=chance.randrange(6), who=chance.choice("ab")))
    return posts


@settings(max_examples=25)
@given(posts=some_posts(), similarity_min=st.sampled_from([0.6, 0.693, 0.8]))
def test_families_are_those_of_the_plain_reading(posts, similarity_min):
    rule = Rule(similarity_min=similarity_min)
    assert together(found(*posts, rule=rule)) == by_hand(posts, rule)


@settings(max_examples=25)
@given(posts=some_posts(), seed=st.integers(0, 99))
def test_the_order_of_rows_and_the_number_of_threads_change_nothing(posts, seed):
    one = families.detect(table(*posts))
    other = families.detect(shuffled(table(*posts), seed), rule=Rule(threads=3))
    assert one.families.equals(other.families)
    assert one.members.equals(other.members)
    assert one.links.equals(other.links)


@given(
    one=st.text("abcé票", min_size=1, max_size=150),
    other=st.text("abcé票", max_size=150),
    part=st.sampled_from([0.1, 0.307, 0.9]),
)
def test_distances_are_those_of_the_textbook_as_far_as_they_matter(one, other, part):
    signs = {sign: np.uint32(n) for n, sign in enumerate("abcé票")}
    places = np.zeros((len(signs), 3), np.uint64)
    mark(np.array([signs[sign] for sign in one], np.uint32), places)
    most = allowed(len(one), len(other), largest_part(1 - part))
    told = distance(
        places, len(one), np.array([signs[sign] for sign in other], np.uint32), most,
        np.empty(3, np.uint64), np.empty(3, np.uint64),
    )  # fmt: skip
    assert told == min(levenshtein(one, other), most + 1)


# Later posts


@settings(max_examples=25)
@given(posts=some_posts(), cut=st.integers(0, 6))
def test_later_posts_join_as_if_all_had_been_read_at_once(posts, cut):
    whole = table(*posts)
    early = pa.array([post.at < cut for post in posts])
    later = pa.array([post.at >= cut for post in posts])
    first = families.detect(whole.filter(early))
    both = families.detect(whole.filter(later), earlier=first.held)
    at_once = families.detect(whole)
    assert both.families.equals(at_once.families)
    assert both.members.equals(at_once.members)
    assert (both.post_count, both.compared_count) == (at_once.post_count, at_once.compared_count)


@settings(max_examples=25)
@given(posts=some_posts(), cut=st.integers(0, 12))
def test_posts_that_come_late_never_part_a_family_nor_chain_it(posts, cut):
    whole = table(*posts)
    first = families.detect(whole.slice(cut))
    both = families.detect(whole.slice(0, cut), earlier=first.held)
    assert all(any(old <= new for new in together(both)) for old in together(first))
    bodies = dict(zip(whole["post_id"].to_pylist(), whole["body"].to_pylist(), strict=True))
    for family in together(both):
        texts = {letters(bodies[one]) for one in family}
        assert all(one == other or are_copies(one, other, 0.6) for one in texts for other in texts)


def test_a_post_that_is_held_is_not_taken_again():
    first = found(Post(FERRY, id="x"), Post(FERRY, id="y"))
    again = found(Post(FERRY, id="x"), earlier=first.held)
    assert again.members.equals(first.members)


# Copy families as acts


def test_members_are_acts_on_their_family():
    result = found(Post(FERRY, at=3, who="a"), Post(FERRY, at=4, who="b"))
    family = result.families["family"][0].as_py()
    assert families.acts(result.members).to_pylist() == [
        {"account": "a", "object": family, "at_ms": 3},
        {"account": "b", "object": family, "at_ms": 4},
    ]


def test_accounts_that_copy_together_again_and_again_are_a_group_of_co_action():
    from vigie.detect import coaction

    words = "abcdefghijklmnop"
    chance = random.Random(5)  # noqa: S311 (texts, nothing secret)
    posts = []
    for n in range(40):
        text = " ".join("".join(chance.choices(words, k=6)) for _word in range(10))
        crowd = "vwxyz" if n < 12 else chance.choices([f"o{k}" for k in range(60)], k=3)
        posts += [
            Post(f"{text} {who}", at=n * 10_000_000 + k * (900 if n < 12 else 1_700_000), who=who)
            for k, who in enumerate(crowd)
        ]
    acts = families.acts(found(*posts).members)
    groups = coaction.detect({"family": acts}, rule=coaction.Rule(permutations=20)).groups
    assert [{one.account for one in group.members} for group in groups] == [set("vwxyz")]


def test_the_card_tells_every_parameter_and_both_languages():
    card = families.card()
    assert card.id == families.METHOD
    assert set(card.parameters) == set(Rule.__dataclass_fields__) - {"threads"}
    said = [card.title, card.purpose, card.inputs, *card.steps, *card.failures, *card.never_claims]
    assert all(set(one) == {"en", "fr"} for one in said)
    assert card.measures
    assert card.failures
