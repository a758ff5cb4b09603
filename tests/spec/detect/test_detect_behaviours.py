"""What counts as an act: how posts become (account, object, time), behaviour by behaviour."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.detect.behaviours import BEHAVIOURS, TEXT_MIN, actions, columns_for, post_codes
from vigie.terms.posts import POSTS, conform
from vigie.text import words_alone

NOON_MS = 1_789_387_200_000  # Monday 14 September 2026, 12:00 UTC
DAY_MS = 86_400_000
LONG = "They said the bridge was safe and it was not safe at all"
BY_ID = {behaviour.id: behaviour for behaviour in BEHAVIOURS}


def posts(*rows):
    """Return canonical posts; what a row does not say is null, but for who, when and which."""
    whole = [
        {"author": "ana", "created_ms": NOON_MS, "post_id": f"p{number}", **row}
        for number, row in enumerate(rows)
    ]
    return conform(pa.Table.from_pylist(whole, schema=POSTS))


def acts(behaviour, *rows):
    return actions(posts(*rows), BY_ID[behaviour]).to_pylist()


def objects(behaviour, *rows):
    return [act["object"] for act in acts(behaviour, *rows)]


def same(behaviour, column, *values):
    """Tell whether posts with these values are all the same object."""
    found = objects(behaviour, *({column: value} for value in values))
    assert len(found) == len(values)
    return len(set(found)) == 1


def link(url):
    return {"url": url, "domain": None}


def image(pdq=None, sha256=None):
    return {"pdq": pdq, "sha256": sha256}


def test_an_act_says_who_did_it_when_and_in_which_post():
    (act,) = acts("repost", {"author": "bo", "share_of": "p9", "created_ms": 5, "post_id": "p1"})
    assert {name: act[name] for name in ("account", "object", "at_ms")} == {
        "account": "bo",
        "object": "p9",
        "at_ms": 5,
    }
    assert isinstance(act["post"], int)


def test_a_repost_is_an_act_on_the_post_passed_on():
    assert objects("repost", {"share_of": "p9"}, {"share_of": None}) == ["p9"]


def test_a_reply_is_an_act_on_the_post_answered():
    assert objects("reply", {"in_reply_to": "p9"}, {}) == ["p9"]


def test_each_link_of_a_post_is_an_act_of_the_same_post():
    found = acts("link", {"links": [link("https://a.example"), link("https://b.example")]}, {"links": []}, {})
    assert [act["object"] for act in found] == ["https://a.example", "https://b.example"]
    assert len({act["post"] for act in found}) == 1


def test_each_image_is_an_act_by_what_it_looks_like_else_by_its_bytes():
    assert objects("image", {"media": [image(pdq="f0", sha256="aa"), image(sha256="bb"), image()]}) == [
        "f0",
        "bb",
    ]


def test_one_hashtag_is_a_topic_two_are_a_sequence():
    found = objects("hashtags", {"hashtags": ["vote"]}, {"hashtags": ["vote", "now"]}, {"hashtags": []}, {})
    assert len(found) == 1


def test_a_sequence_of_hashtags_has_an_order_and_no_case():
    assert same("hashtags", "hashtags", ["Vote", "Now"], ["vote", "NOW"])
    assert not same("hashtags", "hashtags", ["vote", "now"], ["now", "vote"])
    assert not same("hashtags", "hashtags", ["vote", "now"], ["vote", "now", "go"])


def test_a_sequence_of_hashtags_is_another_object_on_another_day():
    day = [
        {"hashtags": ["a", "b"], "created_ms": NOON_MS + shift} for shift in (0, DAY_MS // 2 - 1, DAY_MS // 2)
    ]
    first, evening, tomorrow = objects("hashtags", *day)
    assert first == evening
    assert first != tomorrow


def test_a_text_is_an_act_when_it_is_too_long_to_be_anybodys():
    assert objects("text", {"body": LONG}, {"body": "Bravo !"}, {"body": None}, {"body": ""}) == [LONG]


def test_the_length_is_that_of_what_remains_of_a_text():
    padded = "Bravo ! " + "https://a.example/" + "x" * TEXT_MIN
    assert objects("text", {"body": padded}, {"body": "!" * TEXT_MIN}) == []
    assert objects("text", {"body": "ab" * TEXT_MIN}) == ["ab" * TEXT_MIN]
    assert objects("text", {"body": "a" * (TEXT_MIN - 1)}) == []


def test_an_exact_text_differs_by_its_case_a_normalised_one_does_not():
    assert not same("text", "body", LONG, LONG.upper())
    assert same("text_normalised", "body", LONG, LONG.upper())


@pytest.mark.parametrize(
    "other",
    [
        "THEY SAID the bridge was safe, and it was NOT safe at all!!!",
        "  They said   the bridge\nwas safe\tand it was not safe at all \U0001f621",
        "@ana @bo_2 They said the bridge was safe and it was not safe at all https://a.example/x?y=1",
        "They said the bridge was safe and it was not safe at all www.a.example/page",
        "Théy sàid thë brîdge wäs safe and it was not safe at all",
        "They said the “bridge” was safe — and it was #not safe at all…",
    ],
)
def test_case_accents_addresses_mentions_punctuation_and_space_do_not_make_another_text(other):
    assert same("text_normalised", "body", LONG, other)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Élève ÇA Œuvre", "eleve ca œuvre"),
        ("ﬁn １２３ ①", "fin 123 1"),
        ("投票日は明日です！", "投票日は明日です"),  # the mark of voice goes, as accents do
        ("今天投票，明天开票。", "今天投票 明天开票"),
        ("أحمد مُحَمَّد", "احمد محمد"),  # hamza and vowel signs are marks, the letters stay
        ("می‌خواهم رأی بدهم", "می خواهم رای بدهم"),
        ("İstanbul", "istanbul"),
        ("наши Выборы", "наши выборы"),
        ("שָׁלוֹם", "שלום"),
        ("", ""),
        ("!!! … \u200b", ""),
    ],
)
def test_letters_of_any_script_stay(text, plain):
    import unicodedata

    (told,) = words_alone(pa.chunked_array([[text]])).to_pylist()
    assert told == unicodedata.normalize("NFKD", plain)


def test_long_texts_of_any_script_are_objects():
    chinese = "今天投票，明天开票，大家都要去投票，因为这是我们的权利和义务，不要放弃自己的声音。"
    arabic = "قالوا إن الجسر آمن ولم يكن آمنا على الإطلاق"
    hindi = "उन्होंने कहा कि पुल सुरक्षित है लेकिन वह बिल्कुल भी सुरक्षित नहीं था"
    korean = "그들은 다리가 안전하다고 말했지만 전혀 안전하지 않았습니다"
    found = objects("text_normalised", *({"body": text} for text in (chinese, arabic, hindi, korean)))
    assert len(set(found)) == 4


def test_two_different_texts_of_one_script_stay_two():
    first = "उन्होंने कहा कि पुल सुरक्षित है लेकिन वह बिल्कुल भी सुरक्षित नहीं था"
    assert not same("text_normalised", "body", first, first.replace("पुल", "बाँध"))


def test_vowel_signs_of_indic_scripts_are_letters():
    assert not same("text_normalised", "body", "लड़का अच्छा है " * 10, "लड़की अच्छी है " * 10)


def test_a_chinese_text_goes_on_after_an_address():
    first, second = (
        "今天投票http://t.cn/abc，" + rest * 10 for rest in ("明天开票大家去看", "不要去投票没有用")
    )
    told = words_alone(pa.chunked_array([[first, second]])).to_pylist()
    assert told[0] != told[1]


def test_an_address_in_capitals_is_an_address():
    assert same("text_normalised", "body", LONG, LONG + " HTTPS://A.EXAMPLE/X")


def test_a_mention_may_have_accents():
    assert same("text_normalised", "body", LONG, "@élise " + LONG)


@pytest.mark.parametrize("behaviour", [one for one in BY_ID if one != "repost"])
def test_what_a_share_holds_is_what_another_said(behaviour):
    full = {
        "in_reply_to": "p9", "body": LONG, "hashtags": ["a", "b"], "links": [link("https://a.example")],
        "media": [image(pdq="f0")],
    }  # fmt: skip
    assert len(objects(behaviour, full)) == 1
    assert objects(behaviour, {**full, "share_of": "p1"}) == []


@pytest.mark.parametrize(
    ("behaviour", "row"),
    [
        ("link", {"links": [link(""), link(None)]}),
        ("image", {"media": [image("", ""), image()]}),
        ("hashtags", {"hashtags": [None, None]}),
        ("text", {"body": ""}),
        ("text_normalised", {"body": ""}),
        ("repost", {"share_of": ""}),
        ("reply", {"in_reply_to": ""}),
        ("hashtags", {"hashtags": ["", ""]}),
    ],
)
def test_an_empty_value_is_no_object(behaviour, row):
    assert objects(behaviour, row) == []


FULL = (
    {"author": "a", "share_of": "p1"},
    {"author": "b", "in_reply_to": "p1", "body": LONG, "hashtags": ["x", "y"]},
    {
        "author": "c",
        "links": [link("https://a.example"), link("")],
        "media": [image("f0"), image(None, "aa")],
    },
    {"author": "d", "body": LONG.upper(), "post_id": None},
)


@pytest.mark.parametrize("behaviour", list(BY_ID))
@given(cut=st.integers(0, 4), start=st.integers(0, 3))
def test_slices_chunks_and_coded_columns_give_the_same_acts(behaviour, cut, start):
    whole = posts(*FULL)
    coded = whole
    for name in ("author", "share_of", "in_reply_to"):
        coded = coded.set_column(coded.schema.get_field_index(name), name, coded[name].dictionary_encode())
    chunked = pa.concat_tables([coded.slice(0, cut), coded.slice(cut)])

    def told(table):
        rows = actions(table, BY_ID[behaviour]).to_pylist()
        return [(row["account"], row["object"], row["at_ms"]) for row in rows]

    assert told(chunked) == told(whole)
    assert told(chunked.slice(start)) == [act for act in told(whole) if act[0] >= "abcd"[start]]


@pytest.mark.parametrize("behaviour", list(BY_ID))
@pytest.mark.parametrize(
    "nothing", [POSTS.empty_table(), pa.Table.from_batches([], schema=POSTS), posts({}, {})]
)
def test_no_posts_or_posts_without_it_give_no_acts(behaviour, nothing):
    found = actions(nothing, BY_ID[behaviour])
    assert found.column_names == ["account", "object", "at_ms", "post"]
    assert found.num_rows == 0


def test_equal_ids_have_equal_codes_and_each_missing_id_one_of_its_own():
    ids = ["p1", "p2", None, "p1", None, "", "é"]
    codes = post_codes(pa.chunked_array([ids])).tolist()
    assert codes[0] == codes[3]
    assert len(set(codes)) == len(ids) - 1


@given(
    ids=st.lists(st.none() | st.text(max_size=5), max_size=12), cut=st.integers(0, 12), coded=st.booleans(),
    skip=st.integers(0, 3),
)  # fmt: skip
def test_codes_do_not_depend_on_chunks_slices_or_dictionaries(ids, cut, coded, skip):
    array = pa.array(ids, pa.string())
    parts = [array.slice(0, cut), array.slice(cut)]
    chunked = pa.chunked_array([part.dictionary_encode() for part in parts] if coded else parts).slice(skip)
    found = post_codes(chunked).tolist()
    one = {name: post_codes(pa.chunked_array([[name]])).tolist()[0] for name in ids if name is not None}
    assert [code for code in found if code >= 0] == [one[name] for name in ids[skip:] if name is not None]
    assert len({code for code in found if code < 0}) == ids[skip:].count(None)


def test_only_the_columns_needed_are_asked_for_and_each_once():
    asked = columns_for((BY_ID["text"], BY_ID["text_normalised"], BY_ID["link"]))
    assert asked == ("author", "created_ms", "post_id", "share_of", "body", "links")
    for behaviour in BEHAVIOURS:
        actions(posts(*FULL).select(columns_for((behaviour,))), behaviour)


def test_normalising_twice_changes_nothing_more():
    once = words_alone(pa.chunked_array([[LONG, "Œuvre ﬁn", "مُحَمَّد", "가나다"]]))
    assert pc.equal(words_alone(once), once).to_pylist() == [True] * 4
