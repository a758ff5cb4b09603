"""What may point to a state that does not show itself, and that the method never decides."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.detect.exposure import (
    CODES,
    COLUMNS,
    EVIDENCE,
    INDICATORS,
    METHOD,
    REGISTER,
    TRACES,
    UNCLASSIFIED,
    Rule,
    card,
    detect,
)
from vigie.detect.exposure.register import above
from vigie.detect.exposure.signals import NAMES, READINGS, signals
from vigie.terms.errors import BadOptionError, UnfitTableError
from vigie.terms.posts import POSTS

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
START_MS = 1_789_344_000_000
SCHEMA = pa.schema([POSTS.field(name) for name in COLUMNS])
STATE, ALIGNED = "parlotte:gazette_of_state", "parlotte:friend"
WORDS = ("harbour", "ferry", "winter", "council", "ballot", "market", "river", "school", "bridge", "fishing")


def post(number, author, at_ms, body=None, **more):
    return {"post_id": f"p{number}", "platform": "parlotte", "author": author, "created_ms": int(at_ms),
            "body": body, **more}  # fmt: skip


def outlet(identifier, kind="account", tier="state-controlled", state="ZZ"):
    return {
        "identifier": identifier,
        "kind": kind,
        "tier": tier,
        "state": state,
        "name": identifier,
        "criterion": "the charter",
        "source_url": "https://example.org/charter",
        "source_date": "2026-01-01",
    }


def register(*rows):
    return pa.Table.from_pylist(list(rows), schema=REGISTER)


KNOWN = register(
    outlet(STATE), outlet("state-gazette.example", "domain"), outlet(ALIGNED, tier="state-aligned")
)


def listed(*rows):
    filled = [{"operation": "Op", "source": "someone", "marking": "TLP:CLEAR", **row} for row in rows]
    return pa.Table.from_pylist(filled, schema=INDICATORS)


def traces(*rows):
    told = [
        {"site": site, "kind": "adsense", "value": value, "url": f"https://{site}/", "evidence": "00"}
        for site, value in rows
    ]
    return pa.Table.from_pylist(told, schema=TRACES)


def table(rows):
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def text(chance):
    return " ".join(chance.choice(WORDS, 9)) + f" {chance.integers(0, 10**6)}"


def conversation(*, channels=20, each=15, seed=1):
    """Return channels that say things of their own, among them a state's outlet."""
    chance = np.random.default_rng(seed)
    rows = []
    for who in [f"c{n}" for n in range(channels)] + ["gazette_of_state"]:
        for _ in range(each):
            at = START_MS + chance.integers(0, 20 * DAY_MS)
            rows.append(post(len(rows), who, at, text(chance)))
    return rows


def taken(rows, by="mirror", share=0.7, lag_ms=2 * HOUR_MS):
    """Return what somebody posts who takes a part of a state's texts, hours later."""
    chance = np.random.default_rng(5)
    of_state = [row for row in rows if row["author"] == "gazette_of_state"]
    return [
        post(
            f"{by}{n}",
            by,
            row["created_ms"] + lag_ms,
            row["body"] if chance.random() < share else text(chance),
        )
        for n, row in enumerate(of_state)
    ]


def found(rows, known=KNOWN, **more):
    return detect(table(rows), register=known, **more)


def evidence(told, subject):
    return {row["code"]: row for row in told.evidence.to_pylist() if row["subject"] == subject}


@pytest.fixture(scope="module")
def background():
    return conversation()


def test_where_nothing_points_to_a_state_nothing_is_told(background):
    told = found(background)
    assert told.evidence.num_rows == 0
    assert told.channels["tier"].to_pylist() == ["state-controlled"]
    assert signals(told, table(background)) == ()


def test_a_channel_that_takes_a_states_texts_is_told_and_stays_unclassified(background):
    told = found([*background, *taken(background)])
    (row,) = [row for row in told.channels.to_pylist() if row["subject"] == "mirror"]
    assert (row["tier"], row["to_classify"]) == (UNCLASSIFIED, True)
    copied = evidence(told, "mirror")["copied"]
    assert copied["with_whom"] == [STATE]
    assert copied["lag_ms"] == 2 * HOUR_MS
    assert 0.4 * 15 < copied["count"] < copied["of"] == 15
    assert copied["q_value"] <= 0.01
    assert len(copied["posts"]) == copied["count"]


def test_who_says_it_first_took_it_from_nobody(background):
    rows = [*background, *taken(background, by="early", lag_ms=-2 * HOUR_MS)]
    assert "early" not in found(rows).channels["subject"].to_pylist()


def test_a_text_taken_long_after_does_not_count(background):
    rows = [*background, *taken(background, lag_ms=8 * DAY_MS)]
    assert evidence(found(rows), "mirror") == {}
    assert evidence(found(rows, rule=Rule(lag_days_max=9)), "mirror")["copied"]["count"] > 5


def test_what_everybody_takes_is_usual(background):
    rows = list(background)
    for n in range(20):
        rows += taken(background, by=f"c{n}", share=1)
    rows = [{**row, "post_id": str(n)} for n, row in enumerate(rows)]
    assert found(rows).evidence.num_rows == 0


def test_reworded_texts_count_where_families_are_handed_over(background):
    changed = [{**row, "body": row["body"].upper() + " — more soon"} for row in taken(background, share=1)]
    of_state = [row["post_id"] for row in background if row["author"] == "gazette_of_state"]
    members = pa.table(
        {
            "post_id": of_state + [row["post_id"] for row in changed],
            "family": list(range(len(of_state))) * 2,
        }
    )
    assert evidence(found([*background, *changed]), "mirror") == {}
    assert evidence(found([*background, *changed], members=members), "mirror")["copied"]["count"] == 15


def test_only_outlets_of_a_state_are_compared_with_and_alignment_is_none(background):
    rows = [{**row, "author": "friend"} if row["author"] == "gazette_of_state" else row for row in background]
    mirror = [{**row, "author": "mirror"} for row in taken(background)]
    assert found([*rows, *mirror]).evidence.num_rows == 0


def links(host, count, author="mirror"):
    return [
        post(f"l{author}{host}{n}", author, START_MS + n * HOUR_MS, "see this",
             links=[{"url": f"https://{host}/{n}", "domain": host}])
        for n in range(count)
    ]  # fmt: skip


def test_links_to_a_state_outlet_beyond_what_is_usual_are_told():
    rows = [row for n in range(20) for row in links("news.example", 10, f"c{n}")]
    rows += links("www.state-gazette.example", 8) + links("news.example", 2)
    told = evidence(found(rows), "mirror")["links"]
    assert (told["count"], told["of"]) == (8, 10)
    assert told["with_whom"] == ["state-gazette.example"]


@pytest.mark.parametrize(("linking", "is_told"), [(150, False), (300, True)])
def test_only_what_goes_beyond_twice_the_usual_part_is_told(linking, is_told):
    rows = [row for n in range(9) for row in links("news.example", 900, f"c{n}")]
    rows += [row for n in range(9) for row in links("state-gazette.example", 100, f"c{n}")]
    rows += links("state-gazette.example", linking) + links("news.example", 1000 - linking)
    told = evidence(found(rows), "mirror")
    assert ("links" in told) == is_told
    if is_told:
        assert told["links"]["usual"] == pytest.approx(0.1, abs=0.001)


def test_what_is_told_as_usual_of_amplifiers_is_the_usual_part_itself():
    told = evidence(found(passed_on(both=12)), "mirror")["amplifiers"]
    assert told["usual"] == pytest.approx(12 / (12 + 200))  # accounts of the outlet, of all passing on


def passed_on(*, both, others=200):
    rows = [post("s", "gazette_of_state", START_MS, "x"), post("m", "mirror", START_MS, "y")]
    rows += [post(f"o{n}", f"c{n}", START_MS, "z") for n in range(10)]
    for n in range(both):
        rows += [post(f"s{n}", f"fan{n}", START_MS + n, share_of="ps"),
                 post(f"m{n}", f"fan{n}", START_MS + n, share_of="pm")]  # fmt: skip
    return rows + [post(f"x{n}", f"other{n}", START_MS + n, share_of=f"po{n % 10}") for n in range(others)]


def test_accounts_that_pass_on_both_are_told_and_are_alone_no_reason_to_ask():
    told = found(passed_on(both=12))
    assert evidence(told, "mirror")["amplifiers"]["count"] == 12
    assert not any(told.channels["to_classify"].to_pylist())


def test_accounts_that_pass_on_everything_say_nothing():
    rows = passed_on(both=0)
    for n in range(12):
        rows += [post(f"b{n}{on}", f"busy{n}", START_MS + n, share_of=on)
                 for on in ("ps", "pm", *(f"po{k}" for k in range(10)))]  # fmt: skip
    assert found(rows).evidence.num_rows == 0


@pytest.mark.parametrize(
    "entry",
    [
        {"kind": "account", "value": "parlotte:mirror"},
        {"kind": "account", "value": "mirror"},
    ],
)
def test_an_account_that_a_watch_list_names_is_told_with_who_says_so(entry):
    told = evidence(found([post(1, "mirror", 5, "x")], listed=listed(entry)), "mirror")["listed"]
    assert (told["with_whom"], told["detail"]) == (["Op"], "someone · TLP:CLEAR")


def test_addresses_and_files_of_a_watch_list_are_told_where_passed_on_often_enough():
    rows = links("deep.bad.example", 3) + links("bad.example", 2, "once")
    rows += [post(f"i{n}", "shower", START_MS, media=[{"sha256": "ab" * 32}]) for n in range(3)]
    told = found(
        rows, listed=listed({"kind": "domain", "value": "bad.example"}, {"kind": "hash", "value": "ab" * 32})
    )
    assert {row["subject"]: row["code"] for row in told.evidence.to_pylist()} == {
        "mirror": "links_listed", "shower": "media_listed"
    }  # fmt: skip


def test_a_name_that_only_ends_alike_is_not_below_a_domain():
    assert list(above("a.bad.example")) == ["a.bad.example", "bad.example"]
    rows = links("notbad.example", 9)
    assert found(rows, listed=listed({"kind": "domain", "value": "bad.example"})).evidence.num_rows == 0


def test_sites_with_one_number_are_told_and_a_states_outlet_weighs_more():
    told = found(
        [],
        traces=traces(("state-gazette.example", "pub-1"), ("mirror.example", "pub-1"), ("a.example", "pub-2"),
                      ("b.example", "pub-2"), ("b.example", "pub-3")),
    )  # fmt: skip
    assert evidence(told, "mirror.example")["number_of_state"]["with_whom"] == ["state-gazette.example"]
    assert evidence(told, "a.example")["number_shared"]["with_whom"] == ["b.example"]
    decide = {row["subject"] for row in told.channels.to_pylist() if row["to_classify"]}
    assert decide == {"mirror.example", "a.example", "b.example"}
    weights = dict(
        zip(told.channels["subject"].to_pylist(), told.channels["weight"].to_pylist(), strict=True)
    )
    assert weights["mirror.example"] > weights["a.example"]


def test_a_number_on_very_many_sites_says_nothing_but_is_listed_as_common():
    told = found([], traces=traces(*((f"s{n}.example", "pub-1") for n in range(21))))
    assert told.evidence.num_rows == 0
    assert told.numbers["is_common"].to_pylist() == [True]


def test_who_is_in_the_register_is_never_asked_about_again(background):
    known = register(
        *KNOWN.to_pylist(), outlet("mirror", tier="unclassified"), outlet("mirror", tier="official")
    )
    told = found([*background, *taken(background)], known)
    (row,) = [row for row in told.channels.to_pylist() if row["subject"] == "mirror"]
    assert (row["tier"], row["to_classify"]) == ("official", False)


def test_the_channel_counts_before_the_author(background):
    rows = [{**row, "channel_id": "the channel"} for row in taken(background)]
    assert set(evidence(found([*background, *rows]), "the channel")) == {"copied"}


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 99))
def test_the_order_of_rows_and_posts_read_twice_change_nothing(background, seed):
    rows = [*background, *taken(background), *links("state-gazette.example", 9)]
    order = np.random.default_rng(seed).permutation(len(rows))
    again = found([rows[place] for place in order] + rows[::5])
    assert again.evidence.equals(found(rows).evidence)


@settings(max_examples=40, deadline=None)
@given(
    said=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(0, 200)), min_size=1, max_size=40
    )
)
def test_copies_are_those_of_a_plain_reading(said):
    names = ["gazette_of_state", "a", "b", "c"]
    rows = [
        post(n, names[who], START_MS + hour * HOUR_MS, f"{WORDS[what]} " * 8 + "said again and again")
        for n, (who, what, hour) in enumerate(said)
    ]
    told = found(rows, rule=Rule(fdr=0.999999, count_min=1))
    plain = {}
    for name in names[1:]:
        for what in {w for _who, w, _h in said}:
            own = sorted((r["created_ms"], r["post_id"]) for r, (who, w, _h) in zip(rows, said, strict=True)
                         if w == what and names[who] == name)  # fmt: skip
            every = sorted(
                (r["created_ms"], r["post_id"], r["author"])
                for r, (_who, w, _h) in zip(rows, said, strict=True)
                if w == what
            )
            if own and every[0][2] == "gazette_of_state" and 0 < own[0][0] - every[0][0] <= 7 * DAY_MS:
                plain[name] = plain.get(name, 0) + 1
    for name, row in {n: evidence(told, n).get("copied") for n in names[1:]}.items():
        if row:  # what is kept is counted as by hand; a part below the usual is not kept
            assert row["count"] == plain[name]
        assert evidence(told, "gazette_of_state") == {}


@pytest.mark.parametrize(
    "words",
    [
        "这是我们国家通讯社今天早上发布的一条关于选举和渡轮的长篇消息请大家阅读并且转发谢谢各位朋友",
        "نشرت الوكالة اليوم خبرا طويلا عن الانتخابات والعبارة في هذا الساحل الجميل",
        "ᑲᓇᑕᒥ ᐃᓄᐃᑦ ᓄᓇᖓᑦ ᐅᖃᐅᓯᓕᒫᑦ ᐊᑐᖅᑕᐅᔪᑦ ᐅᓪᓗᒥ ᓂᕈᐊᕐᓂᖅ ᐱᒋᐊᓚᐅᖅᑐᖅ",
        "A long piece on the ferry and on the vote 🚢🗳️ that one agency wrote today",
    ],
)
def test_any_script_is_compared(background, words):
    rows = list(background)
    for n in range(8):
        rows += [post(f"s{n}", "gazette_of_state", START_MS + n * DAY_MS, f"{words} {n * n}"),
                 post(f"t{n}", "mirror", START_MS + n * DAY_MS + 5, f"{words} {n * n}")]  # fmt: skip
    assert evidence(found(rows), "mirror")["copied"]["count"] == 8


@pytest.mark.parametrize("rows", [[], [post(1, "a", 5)], [post(1, None, 5), {"author": "b"}]])
def test_too_little_is_no_error_and_no_signal(rows):
    told = found(rows, register())
    assert told.evidence.schema == EVIDENCE
    assert told.channels.num_rows == 0


@pytest.mark.parametrize("missing", ["author", "created_ms", "body"])
def test_posts_without_what_is_needed_are_refused(missing):
    with pytest.raises(UnfitTableError):
        detect(table([]).drop_columns([missing]), register=KNOWN)


def test_a_register_without_its_columns_is_refused():
    with pytest.raises(UnfitTableError):
        detect(table([]), register=KNOWN.drop_columns(["tier"]))


@pytest.mark.parametrize("wrong", [{"fdr": 0}, {"count_min": 0}, {"lag_days_max": 0}, {"sites_max": 1}])
def test_a_rule_that_means_nothing_is_refused(wrong):
    with pytest.raises(BadOptionError):
        Rule(**wrong)


def test_signals_come_by_weight_the_strongest_first(background):
    rows = [*background, *taken(background, "a"), *taken(background, "b", share=1.0)]
    told = found(rows, traces=traces(("a.example", "pub-1"), ("state-gazette.example", "pub-1")))
    weights = [one.weight for one in signals(told, table(rows))]
    assert len(set(weights)) > 1
    assert weights == sorted(weights, reverse=True)


def test_a_signal_says_what_speaks_against_and_that_nothing_is_decided(background):
    rows = [*background, *taken(background)]
    told = found(rows, listed=listed({"kind": "account", "value": "mirror"}))
    (signal,) = signals(told, table(rows))
    assert (signal.method, signal.subject_kind, signal.subject) == (METHOD, "channel", "mirror")
    assert "decides nothing" in signal.sentence
    assert {one.leaning for one in signal.indicators} == {"coordinated", "organic", "open"}
    for one in signal.indicators:
        assert one.sentence.format(**one.facts)
    for exhibit in signal.exhibits:
        assert all(len(row) == len(exhibit.columns) for row in exhibit.rows)


def test_every_indicator_has_its_sentence_and_its_name():
    assert set(CODES) == set(READINGS) == set(NAMES)


def test_the_card_tells_of_exposure_in_both_languages():
    about = card()
    assert about.id == METHOD
    assert set(about.parameters) == set(Rule.__dataclass_fields__)
    assert all(set(one) == {"en", "fr"} for one in (*about.failures, *about.never_claims, *about.steps))
