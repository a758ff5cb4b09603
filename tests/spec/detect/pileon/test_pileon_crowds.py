"""Whose replies are a pile-on, and which crowds are left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.detect.pileon import COLUMNS, METHOD, PILES, TRAITS, Rule, card, detect
from vigie.detect.pileon.aftermath import aftermath
from vigie.detect.pileon.organic import exceeded_by
from vigie.detect.pileon.replies import WINDOW_MS, replies_of
from vigie.detect.pileon.signals import signals
from vigie.detect.pileon.traits import CAPS, Ages, blocks_of
from vigie.detect.pileon.windows import Baseline, windows
from vigie.detect.pileon.wordings import common_part, shared_by, wordings_of
from vigie.terms.errors import BadOptionError, UnfitTableError
from vigie.terms.languages import LANGUAGES
from vigie.terms.posts import POSTS

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
START_MS = 1_789_344_000_000
SCHEMA = pa.schema([POSTS.field(name) for name in COLUMNS])
FEW = Rule(simulations=50)
PEOPLE = ("Hector", "Odile", "Priya", "Fergus")
SAID = {
    "en": ("the ferry", "our hospital", "the school bus", "that road", "the quotas", "the rent", "the wharf"),
    "fr": ("le traversier", "notre hôpital", "l’autobus scolaire", "cette route", "les quotas", "le loyer",
           "le quai"),
}  # fmt: skip
FEELS = {
    "en": ("worries me more than before", "deserves a real debate", "was promised in my village",
           "costs twice what they told us", "will be decided without us", "matters to my neighbours"),
    "fr": ("m’inquiète plus qu’avant", "mérite un vrai débat", "était promis dans mon village",
           "coûte le double de ce qu’on nous disait", "se décidera sans nous", "compte pour mes voisins"),
}  # fmt: skip
PILED = {
    "en": "You sold out {what}, {name}, and nobody here will ever forget what you did to {whom}.",
    "fr": "Vous avez vendu {what}, {name}, et personne ici n’oubliera jamais ce que vous avez fait à {whom}.",
}
WHOM = {
    "en": ("the families", "the old people", "our kids"),
    "fr": ("nos familles", "nos aînés", "nos enfants"),
}


def post(number, author, at_ms, **more):
    return {"post_id": f"p{number}", "author": author, "created_ms": int(at_ms), "lang": "en", **more}


def conversation(*, days=11, seed=1, each=24):
    """Return four people's posts and the answers of many others, each in its own words."""
    chance = np.random.default_rng(seed)
    rows = []
    for name in PEOPLE:
        for number in range(days * 2):
            at = START_MS + number * 12 * HOUR_MS
            mine = f"{name}{number}"
            rows.append(post(mine, name, at, body=f"My plan number {number} for this coast."))
            for _ in range(chance.poisson(each / 2)):
                who = int(chance.integers(0, 600))
                lang = ("en", "fr")[who % 2]
                words = (
                    f"{chance.choice(SAID[lang])} {chance.choice(FEELS[lang])} {chance.integers(10, 10_000)}"
                )
                rows.append(
                    post(f"a{len(rows)}", f"u{who}", at + chance.integers(60_000, 12 * HOUR_MS),
                         in_reply_to=f"p{mine}", body=words, lang=lang,
                         author_created_ms=START_MS - (who * 3 + 40) * DAY_MS)
                )  # fmt: skip
    return rows


def piled(*, lang="en", accounts=30, each=5, target="Odile", day=8, seed=2, **more):
    chance = np.random.default_rng(seed)
    at = START_MS + day * DAY_MS
    return [
        post(f"x{target}{who}-{n}", f"troll{who}", at + chance.integers(60_000, 3 * HOUR_MS), lang=lang,
             in_reply_to=f"p{target}{2 * day}", author_created_ms=START_MS - (who * 60 + 50) * DAY_MS,
             body=PILED[lang].format(what=chance.choice(SAID[lang]), name=target,
                                     whom=chance.choice(WHOM[lang])), **more)
        for who in range(accounts)
        for n in range(each)
    ]  # fmt: skip


def table(rows):
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def found(rows, rule=FEW, seed=0):
    return detect(table(rows), rule=rule, seed=seed)


@pytest.fixture(scope="module")
def background():
    return conversation()


@pytest.fixture(scope="module")
def with_pile(background):
    return found([*background, *piled()])


def test_an_organic_conversation_holds_no_pile_on(background):
    told = found(background)
    assert told.judged_count > 20
    assert told.piles.num_rows == 0


def test_a_pile_on_is_told_with_its_target_and_all_its_accounts(with_pile):
    (pile,) = with_pile.piles.to_pylist()
    assert pile["target"] == "Odile"
    assert set(with_pile.members["account"].to_pylist()) == {f"troll{n}" for n in range(30)}
    assert pile["score"] > pile["threshold"]
    assert pile["replies"] >= 150 > 10 * pile["expected"] / 2
    assert pile["basis"] == "own"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_english_and_french_are_found_alike(background, lang):
    told = found([*background, *piled(lang=lang)])
    assert told.piles["target"].to_pylist() == ["Odile"]
    assert told.members.num_rows == 30


def test_strangers_in_their_own_words_are_no_pile_on(background):
    chance = np.random.default_rng(4)
    crowd = [
        post(f"v{n}", f"new{n}", START_MS + 8 * DAY_MS + chance.exponential(HOUR_MS), in_reply_to="pOdile16",
             body=f"{chance.choice(SAID['en'])} {chance.choice(FEELS['en'])} {n * 7919}",
             author_created_ms=START_MS - int(chance.integers(40, 1_800)) * DAY_MS)
        for n in range(250)
    ]  # fmt: skip
    assert found([*background, *crowd]).piles.num_rows == 0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_slogan_that_many_add_to_words_of_their_own_is_no_pile_on(background, lang):
    chance = np.random.default_rng(6)
    slogan = {
        "en": "We were there and we are not for sale.",
        "fr": "Nous y étions, nous ne sommes pas à vendre.",
    }
    crowd = [
        post(f"v{n}", f"new{n}", START_MS + 8 * DAY_MS + chance.exponential(HOUR_MS), in_reply_to="pOdile16",
             body=f"{'qwrtzpsdfg'[n % 10] * 3}{n * 7919} {n * 104_729} {n * 1_299_709} {slogan[lang]}",
             lang=lang,
             author_created_ms=START_MS - int(chance.integers(40, 1_800)) * DAY_MS)
        for n in range(60)
    ]  # fmt: skip
    assert found([*background, *crowd]).piles.num_rows == 0
    alone = [{**row, "body": slogan[lang]} for row in crowd]
    assert found([*background, *alone]).piles.num_rows == 1


def test_a_phrase_that_everybody_says_everywhere_is_not_copied(background):
    rows = [{**row, "body": "Thank you very much for this answer, dear friend"} if row["post_id"][1:2] == "a"
            and n % 5 == 0 else row for n, row in enumerate(background)]  # fmt: skip
    told = found(rows)
    assert told.judged_count > 20
    assert told.piles.num_rows == 0


def test_accounts_made_in_the_same_weeks_are_marked():
    replies = replies_of(table(conversation()), FEW)
    born = np.concatenate([np.full(12, START_MS - 20 * DAY_MS), START_MS - np.arange(100, 400, 25) * DAY_MS])
    assert Ages(replies).clustered(born.astype(np.int64))[:12].all()
    assert not Ages(replies).clustered(born.astype(np.int64))[12:].any()


def test_an_unknown_age_is_never_marked():
    replies = replies_of(table(conversation(days=2)), FEW)
    assert not Ages(replies).clustered(np.full(40, -1, np.int64)).any()


def test_those_who_are_mentioned_are_targets_where_nobody_known_is_answered():
    rows = [post(1, "a", 5, mentions=["b", "c"]), post(2, "d", 6, in_reply_to="elsewhere", mentions=["b"])]
    replies = replies_of(table(rows), FEW)
    names = replies.names.to_pylist()
    assert [(names[t], names[a]) for t, a in zip(replies.target, replies.author, strict=True)] == [
        ("b", "a"), ("b", "d"), ("c", "a")
    ]  # fmt: skip


def test_who_is_answered_counts_before_who_is_mentioned_and_nobody_is_their_own_target():
    rows = [
        post(1, "b", 1),
        post(2, "a", 5, in_reply_to="p1", mentions=["c"]),
        post(3, "b", 6, in_reply_to="p1"),
        post(4, "a", 7, in_reply_to="p1", share_of="p3"),
    ]
    replies = replies_of(table(rows), FEW)
    assert [replies.names[int(t)].as_py() for t in replies.target] == ["b"]
    assert replies.latency_ms.tolist() == [4]


def test_whose_page_is_passed_on_is_no_target():
    rows = [
        post(1, "a", 5, mentions=["tube"], body="A film on the ferry https://t.example/1 via @tube"),
        post(2, "b", 6, mentions=["tube"], body="@tube you let this happen"),
    ]
    replies = replies_of(table(rows), FEW)
    assert [replies.names[int(a)].as_py() for a in replies.author] == ["b"]


def test_only_watched_targets_are_judged(background):
    rule = Rule(simulations=50, targets=frozenset({"Hector"}))
    assert found([*background, *piled()], rule).piles.num_rows == 0


def test_the_order_of_rows_and_posts_read_twice_change_nothing(background, with_pile):
    rows = [*background, *piled()]
    order = np.random.default_rng(3).permutation(len(rows))
    again = found([rows[place] for place in order] + rows[::7])
    assert again.piles.equals(with_pile.piles)
    assert again.members.equals(with_pile.members)
    assert again.reach.equals(with_pile.reach)


@pytest.mark.parametrize(
    "words",
    [
        "你出卖了这条海岸的人民没有人会忘记你做过的事情请马上辞职",
        "لقد خنت أهل هذا الساحل ولن ينسى أحد ما فعلته بهم أبدا استقل الآن",
        "ᐃᓄᒃᑎᑐᑦ ᐅᖃᐅᓯᖃᕐᓂᖅ ᐊᑐᖅᑕᐅᔪᒃᓴᐅᕗᖅ ᓄᓇᕗᒻᒥ ᐃᓕᓐᓂᐊᕐᕕᖕᓂ",
        "You are a disgrace to everyone living here 🤡🤡🤡 resign right now",
    ],
)
def test_any_script_is_compared(background, words):
    rows = [{**row, "body": f"{words} {row['post_id'][-1]}", "lang": None} for row in piled()]
    told = found([*background, *rows])
    assert told.members.num_rows == 30


@pytest.mark.parametrize(
    "rows",
    [[], [post(1, "a", 5)], [post(1, "a", 5, in_reply_to="p1")], [post(1, None, 5), {"author": "b"}]],
)
def test_too_little_is_no_error_and_no_signal(rows):
    told = found(rows)
    assert (told.piles.num_rows, told.judged_count, told.organic) == (0, 0, None)
    assert told.piles.schema == PILES


def test_a_table_without_answers_is_refused():
    with pytest.raises(UnfitTableError):
        detect(table([]).drop_columns(["in_reply_to"]))


@pytest.mark.parametrize(
    "wrong", [{"organic_part": 0}, {"accounts_min": 2}, {"replies_min": 3}, {"simulations": 3}]
)
def test_a_rule_that_means_nothing_is_refused(wrong):
    with pytest.raises(BadOptionError):
        Rule(**wrong)


def test_a_crowd_with_nothing_in_common_but_newness_never_reaches_the_threshold():
    assert CAPS["newcomer"] < 3


def by_hand(bodies, authors):
    """Return for each text how many other authors say it with letters in common: sets, nothing signed."""
    sets = [{text[k : k + 5] for k in range(len(text) - 4)} for text in bodies]
    answer = []
    for one, mine in zip(sets, authors, strict=True):
        alike = {
            author
            for other, author in zip(sets, authors, strict=True)
            if len(one & other) >= 0.6 * len(one | other)
        }
        far = {
            author
            for other, author in zip(sets, authors, strict=True)
            if len(one & other) > 0.2 * len(one | other)
        }
        answer.append((len(alike - {mine}), len(far - {mine})))
    return answer


@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_who_says_nearly_the_same_lies_between_two_plain_readings(data):
    bases = ["thewharfofourvillageisclosedforthewinter", "nobodyaskedusaboutthisnewschoolbusline"]
    count = data.draw(st.integers(2, 12))
    authors, bodies = [], []
    for _ in range(count):
        base = data.draw(st.sampled_from(bases))
        cut = data.draw(st.integers(0, 12))
        bodies.append(base[cut:] + data.draw(st.sampled_from(["", "now", "again"])))
        authors.append(f"u{data.draw(st.integers(0, 5))}")
    rows = [post(0, "Odile", START_MS)]
    rows += [
        post(n + 1, who, START_MS + 1 + n, in_reply_to="p0", body=text)
        for n, (who, text) in enumerate(zip(authors, bodies, strict=True))
    ]
    replies = replies_of(table(rows), FEW)
    words = wordings_of(replies, seed=0)
    every = np.arange(len(replies))
    among, _elsewhere = shared_by(words, every, replies.author, np.ones(len(words.pool), np.bool_))
    for got, (least, most) in zip(among.tolist(), by_hand(bodies, authors), strict=True):
        assert least <= got <= most


phrases = st.sampled_from(["wharfclosed", "schoolbusline", "ferry", "12345678901"])
said_by = st.tuples(st.integers(0, 4), st.lists(phrases, min_size=2, max_size=4))


@settings(max_examples=20, deadline=None)
@given(said=st.lists(said_by, min_size=1, max_size=10))
def test_the_part_that_others_say_too_is_that_of_a_plain_reading(said):
    bodies = ["thequietcoastofours" + "".join(parts) for _who, parts in said]
    authors = [f"u{who}" for who, _parts in said]
    rows = [post(0, "Odile", START_MS)]
    rows += [
        post(n + 1, who, START_MS + 1 + n, in_reply_to="p0", body=text)
        for n, (who, text) in enumerate(zip(authors, bodies, strict=True))
    ]
    replies = replies_of(table(rows), FEW)
    words = wordings_of(replies, seed=0)
    got = common_part(words, np.arange(len(replies)), replies.author)
    runs = [{text[k : k + 5] for k in range(len(text) - 4)} for text in bodies]
    plain = [
        np.mean([len({who for who, of in zip(authors, runs, strict=True) if run in of}) > 2 for run in own])
        for own in runs
    ]
    assert got == pytest.approx(plain)


@settings(max_examples=30, deadline=None)
@given(
    acts=st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 6), st.integers(0, 40)), min_size=1, max_size=60
    )
)
def test_windows_and_blocks_are_those_of_a_plain_reading(acts):
    rows = [post(f"t{n}", f"t{n}", START_MS) for n in range(3)]
    rows += [
        post(f"r{n}", f"u{who}", START_MS + hour * HOUR_MS + n, in_reply_to=f"pt{target}")
        for n, (target, who, hour) in enumerate(acts)
    ]
    rule = Rule(accounts_min=4, replies_min=6)
    replies = replies_of(table(rows), rule)
    told = {
        (replies.names[one.target].as_py(), one.start_ms, one.high - one.low)
        for one in windows(replies, rule)
    }
    plain = set()
    for target in range(3):
        own = [(START_MS + h * HOUR_MS + n, w) for n, (t, w, h) in enumerate(acts) if t == target]
        for start in range(START_MS - 3 * HOUR_MS, START_MS + 45 * HOUR_MS, 3 * HOUR_MS):
            inside = [one for one in own if start <= one[0] < start + 6 * HOUR_MS]
            if len(inside) >= 6 and len({who for _at, who in inside}) >= 4:
                plain.add((f"t{target}", start, len(inside)))
    assert told == plain
    blocks = blocks_of(replies)
    assert len(blocks.target) == len(
        {(t, w, (START_MS + h * HOUR_MS + n) // WINDOW_MS) for n, (t, w, h) in enumerate(acts)}
    )


def test_what_is_usual_comes_from_before_alone(background):
    replies = replies_of(table(background), FEW)
    later = replies_of(table([*background, *piled(day=10)]), FEW)
    window = next(w for w in windows(replies, FEW) if w.start_ms > START_MS + 8 * DAY_MS)
    same = next(
        w
        for w in windows(later, FEW)
        if w.start_ms == window.start_ms and later.names[w.target] == replies.names[window.target]
    )
    before, after = Baseline(replies).usual(window), Baseline(later).usual(same)
    assert after.expected == pytest.approx(before.expected, rel=0.35)  # the hours of all move a little
    assert before.basis == "own"


def test_little_history_is_said(background):
    told = found([*background, *piled(day=2)])
    assert told.piles["basis"].to_pylist() == ["few"]


def test_a_target_that_falls_silent_is_told_without_a_cause():
    own = START_MS + np.arange(0, 20 * 4) * 6 * HOUR_MS
    silent = own[own < START_MS + 14 * DAY_MS]
    span = {"first_ms": START_MS, "last_ms": START_MS + 20 * DAY_MS}
    when = {"start_ms": START_MS + 13 * DAY_MS, "end_ms": START_MS + 14 * DAY_MS}
    told = aftermath(silent, **span, **when)
    assert (told.days, told.posts, told.expected) == (3, 0, 12.0)
    assert told.chance < 0.01
    assert aftermath(own, **span, **when).chance > 0.3


@pytest.mark.parametrize(("first", "last"), [(12, 20), (0, 14)])
def test_nothing_is_told_of_afterwards_where_too_little_is_known(first, last):
    own = START_MS + np.arange(0, 20) * DAY_MS
    span = {"first_ms": START_MS + first * DAY_MS, "last_ms": START_MS + last * DAY_MS}
    told = aftermath(own, **span, start_ms=START_MS + 13 * DAY_MS, end_ms=START_MS + 14 * DAY_MS)
    assert told is None


@pytest.mark.parametrize("part", [0.05, 0.01])
def test_the_stated_part_of_organic_scores_exceeds_the_threshold_at_most(part):
    scores = np.random.default_rng(1).exponential(1.0, (300, 200)) + 3
    over = [
        (np.random.default_rng(2).exponential(1.0, 500) + 3 > exceeded_by(row, part)).mean() for row in scores
    ]
    assert np.mean(over) <= 1.3 * part


def test_an_account_that_answers_many_people_at_once_is_listed(background):
    wide = [
        row
        for name in ("Hector", "Odile", "Priya", "Fergus")
        for row in piled(target=name, accounts=20, each=2)
    ]
    told = found([*background, *wide])
    of_several = set(told.reach.filter(pc.greater(told.reach["piles"], 1))["account"].to_pylist())
    assert len(of_several) >= 15
    assert of_several <= {f"troll{n}" for n in range(20)}


def test_a_signal_names_the_person_and_what_speaks_against(background, with_pile):
    (signal,) = signals(with_pile, table(background))
    assert (signal.method, signal.subject_kind, signal.subject) == (METHOD, "person", "Odile")
    assert signal.sentence.format(**signal.facts).startswith("30 accounts")
    assert {"organic", "coordinated", "open"} <= {one.leaning for one in signal.indicators}
    assert signal.account_count == 30
    assert signal.timeline.observed[-1] is not None
    for one in signal.indicators:
        assert one.sentence.format(**one.facts)
    for exhibit in signal.exhibits:
        assert all(len(row) == len(exhibit.columns) for row in exhibit.rows)


@pytest.mark.parametrize(("judged", "times"), [(12, 12), (50_000, 8192)])
def test_many_replies_alone_lean_to_no_pile_on_and_are_never_rarer_than_what_was_judged(
    background, with_pile, judged, times
):
    piles = with_pile.piles
    for name, value in (("volume_chance", 1 / 8192), ("basis", "own")):
        piles = piles.set_column(piles.schema.get_field_index(name), piles.schema.field(name), [[value]])
    (signal,) = signals(replace(with_pile, piles=piles, judged_count=judged), table(background))
    (many,) = [one for one in signal.indicators if one.code == "many_replies"]
    assert (many.leaning, many.facts["times"]) == ("organic", times)


def test_weight_is_how_far_a_crowd_passes_the_threshold_of_its_size(background, with_pile):
    (pile,) = with_pile.piles.to_pylist()
    (signal,) = signals(with_pile, table(background))
    assert signal.weight == pile["score"] - pile["threshold"] > 0


def test_the_card_tells_of_this_method_in_both_languages():
    about = card()
    assert about.id == METHOD
    assert set(about.parameters) == set(Rule.__dataclass_fields__)
    assert all(set(one) == {"en", "fr"} for one in (*about.failures, *about.never_claims, *about.steps))
    assert set(TRAITS) == set(CAPS)
