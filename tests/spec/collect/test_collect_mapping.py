"""Other people's columns are recognised, and the user has the last word."""

from __future__ import annotations

import pytest

from vigie.collect import Rejects, plan, preview, read_planned
from vigie.collect.hints import HINTS
from vigie.collect.mapping import TARGETS


def mapped(desk, header, **options):
    one = plan(desk.file(header + "\n"), **options)
    return {column.source: column.target for column in one.columns if column.target}


def test_every_hint_leads_to_a_canonical_column():
    assert set(HINTS) <= set(TARGETS)


@pytest.mark.parametrize(
    "header",
    ["Auteur,Date,Texte,Identifiant", "AUTHOR,created at,text,ID", "userId,createdAt,fullText,tweetId"],
)
def test_names_are_compared_without_case_accents_and_punctuation(desk, header):
    assert list(mapped(desk, header).values()) == ["author", "created_ms", "body", "post_id"]


def test_an_accent_is_no_difference(desk):
    assert mapped(desk, "auteur,horodatage,réponse à")["réponse à"] == "in_reply_to"


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ("url", {"url": "links"}),
        ("link", {"link": "links"}),
        ("url,urls", {"urls": "links", "url": "url"}),
        ("link,urls", {"urls": "links", "link": "url"}),
        ("url,permalink", {"url": "links", "permalink": "url"}),
        ("URL,Link", {"Link": "links", "URL": "url"}),
        ("url,links", {"links": "links", "url": "url"}),
    ],
)
def test_url_is_the_posts_own_address_only_beside_a_column_of_links(desk, columns, expected):
    found = mapped(desk, f"author,ts,{columns}")
    assert {source: target for source, target in found.items() if target in {"url", "links"}} == expected


def test_cooRTweets_layout_is_known(desk):  # noqa: N802 - the tool's name
    path = desk.file("object_id,account_id,content_id,timestamp_share\no,a,c,100\n")
    shown = preview(path)
    assert shown.layout == "CooRTweet"
    assert {c.decided for c in shown.columns} == {"layout"}
    assert shown.time_units == {"created_ms": "s"}
    assert desk.table(path, columns=["share_of", "author", "post_id", "created_ms"]).to_pylist() == [
        {"share_of": "o", "author": "a", "post_id": "c", "created_ms": 100_000}
    ]


def test_the_toolkits_empty_urls_are_no_link(desk):
    path = desk.file(
        "message_id,user_id,username,repost_id,reply_id,message,timestamp,urls\n"
        "1,a,Ann,,,hi,1700000000,\n2,b,Bob,1,,hi,1700000001,https://x.example/1 https://y.example/2\n"
    )
    shown = preview(path)
    assert shown.layout == "coordination-network-toolkit"
    assert shown.unmapped == ("username",)
    links = desk.table(path, columns=["links"]).column(0).to_pylist()
    assert links[0] is None
    assert [link["url"] for link in links[1]] == ["https://x.example/1", "https://y.example/2"]


def test_the_users_word_wins_over_layout_and_hints(desk):
    path = desk.file("author,qui,created_ms\na,b,5\n")
    assert desk.table(path, columns=["author"], mapping={"qui": "author"}).column(0).to_pylist() == ["b"]
    header = "object_id,account_id,content_id,timestamp_share"
    found = mapped(desk, header, mapping={"object_id": "links"})
    assert found == {
        "object_id": "links",
        "account_id": "author",
        "content_id": "post_id",
        "timestamp_share": "created_ms",
    }


def test_parts_of_media_can_be_named(desk):
    path = desk.file("author,ts,h,p\na,5,,\nb,6,ff,aa\n")
    media = (
        desk.table(path, columns=["media"], mapping={"h": "media.sha256", "p": "media.pdq"})
        .column(0)
        .to_pylist()
    )
    assert media == [
        None,
        [{"sha256": "ff", "pdq": "aa", **dict.fromkeys(("pdq_quality", "mime", "c2pa", "looks"))}],
    ]


def test_two_columns_of_one_name_are_told_apart(desk):
    shown = preview(desk.file("author,ts,x,x,\na,5,1,2,3\n"))
    assert [c.source for c in shown.columns] == ["author", "ts", "x", "x#2", "#5"]


def test_a_preview_shows_first_posts_and_what_is_left_out(desk):
    path = desk.file("author,ts,mood\n" + "a,1700000000,?\n" * 9)
    shown = preview(path, rows=2)
    assert (shown.format, shown.compression, shown.layout, shown.unmapped) == ("csv", None, None, ("mood",))
    assert shown.posts.to_pylist() == [{"author": "a", "created_ms": 1700000000000}] * 2
    assert [(c.target, c.decided) for c in shown.columns] == [
        ("author", "hint"),
        ("created_ms", "hint"),
        (None, None),
    ]


def test_a_manifest_holds_what_was_decided(desk):
    path = desk.file("author,ts\na,1700000000\n")
    assert plan(path).manifest() == {
        "path": str(path),
        "byte_count": 23,
        "format": "csv",
        "compression": None,
        "encoding": "utf-8",
        "layout": None,
        "sure": 0.7,
        "mapping": {"author": "author", "ts": "created_ms"},
        "time_units": {"created_ms": "s"},
    }


@pytest.mark.parametrize(
    ("name", "rows", "expected"),
    [
        (
            "german_elections",
            218_971,
            {"account_id": "author", "post_id": "post_id", "url_id": "links", "hashtag_id": "hashtags",
             "phash_id": "media.pdq", "timestamp": "created_ms"},
        ),
        (
            "russian_coord_tweets",
            35_125,
            {"object_id": "share_of", "account_id": "author", "content_id": "post_id",
             "timestamp_share": "created_ms"},
        ),
        (
            "synthfp_events",
            500_000,
            {"object_id": "share_of", "account_id": "author", "post_id": "post_id", "ts": "created_ms"},
        ),
        (
            "synth1m_posts",
            1_000_000,
            {"post_id": "post_id", "account_id": "author", "ts": "created_ms", "repost_id": "share_of",
             "url": "links"},
        ),
        (
            "usc_x24_sample",
            21_009,
            {"post_id": "post_id", "username": "author", "ts": "created_ms", "text": "body", "lang": "lang",
             "repost_id": "share_of", "conversation_id": "thread_id", "reply_to_id": "in_reply_to",
             "urls": "links", "hashtags": "hashtags", "mentions": "mentions"},
        ),
    ],
)  # fmt: skip
def test_real_sets_map_by_themselves_and_lose_no_row(real_posts, name, rows, expected):
    one = plan(real_posts / f"{name}.parquet")
    assert {c.source: c.target for c in one.columns if c.target} == expected
    assert one.time_units["created_ms"] == "s"
    rejects = Rejects()
    batches = read_planned([one], columns=["author", "share_of", "created_ms"], rejects=rejects)
    assert sum(batch.num_rows for batch in batches) == rows
    assert rejects.total == 0
