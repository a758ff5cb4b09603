"""Posts lose the names of people and keep what joins them: a token is the same wherever its name stands."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.store.pseudonyms import ProjectKey, pseudonymise, pseudonyms_in
from vigie.terms.posts import POSTS

KEY = ProjectKey.derive(bytes(32), b"a project")
NAME = st.from_regex(r"zq[a-z0-9_]{6,10}", fullmatch=True)  # no word of any language
NUMBER = st.integers(10**12, 10**13).map(str)


def table_of(*rows):
    names = [name for name in POSTS.names if any(name in row for row in rows)]
    return pa.Table.from_pylist(list(rows), schema=pa.schema([POSTS.field(name) for name in names]))


def hidden(*rows, key=KEY, public_actors=()):
    return pseudonymise(table_of(*rows), key, public_actors=public_actors)[0].to_pylist()


def one(**row):
    return hidden(row)[0]


def by_hand(kind, platform, form, *, key=KEY):
    """Return a token, written down from the standards and nothing else."""
    of_domain = hmac.new(key.hashing, f"{kind}\0{platform}".encode(), hashlib.sha256).digest()
    full = hmac.new(of_domain, form.encode(), hashlib.sha256).digest()
    return base64.b32encode(full[:10]).decode().lower()


# What a token is


@given(name=st.text(min_size=1, max_size=30))
def test_a_token_is_the_keyed_hash_of_the_standards(name):
    given_ = table_of({"platform": "wechat", "post_id": name})
    assert pseudonymise(given_, KEY)[0]["post_id"][0].as_py() == by_hand("post", "wechat", name)


def test_a_token_is_sixteen_letters_of_base32_without_a_trace_of_the_name():
    token = one(platform="x", author="Bob")["author"]
    assert token == by_hand("account", "x", "bob")
    assert len(token) == 16
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyz234567")


def test_keys_of_two_projects_or_two_nodes_have_nothing_in_common():
    master, other = bytes(32), b"1" * 32
    keys = [
        ProjectKey.derive(master, b"one"),
        ProjectKey.derive(master, b"two"),
        ProjectKey.derive(other, b"one"),
    ]
    for part in ("hashing", "sealing", "id"):
        assert len({getattr(key, part) for key in keys}) == 3
    assert ProjectKey.derive(master, b"one") == keys[0]


def test_a_key_does_not_tell_itself_in_a_log():
    assert KEY.hashing.hex() not in repr(KEY)
    assert repr(KEY.hashing) not in repr(KEY)


def test_a_master_key_that_is_too_short_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        ProjectKey.derive(b"password", b"salt")


# Which names are one


@pytest.mark.parametrize(
    "raw", ["bob", "@bob", "@Bob", "BOB", " bob ", "x:bob", "X:@Bob", "ｂｏｂ", "twitter:bob"]
)
def test_a_sign_case_width_or_platform_before_it_do_not_make_another_account(raw):
    assert one(platform="x", author=raw) == one(platform="Twitter", author="bob") | {"platform": "x"}


@pytest.mark.parametrize(
    ("platform", "one_name", "other"),
    [
        ("youtube", "UCabcdefghijklmnopqrstuv", "UCABCDEFGHIJKLMNOPQRSTUV"),
        ("wechat", "oAbC", "oabc"),
    ],
)
def test_case_makes_another_account_where_the_platform_says_so(platform, one_name, other):
    assert one(platform=platform, author=one_name) != one(platform=platform, author=other)


def test_one_name_on_two_platforms_is_two_accounts():
    assert one(platform="x", author="bob")["author"] != one(platform="vk", author="bob")["author"]


def test_an_account_and_a_post_of_one_name_are_two_things():
    row = one(platform="x", author="17", post_id="17")
    assert row["author"] != row["post_id"]


def test_references_between_posts_still_match():
    first, answer = hidden(
        {"platform": "x", "author": "al", "post_id": "x:1", "thread_id": "x:1"},
        {"platform": "x", "author": "bob", "post_id": "2", "in_reply_to": "1", "share_of": "1",
         "quote_of": "x:1",
         "thread_id": "1"},
    )  # fmt: skip
    assert {answer[name] for name in ("in_reply_to", "share_of", "quote_of", "thread_id")} == {
        first["post_id"]
    }
    assert first["thread_id"] == first["post_id"] != answer["post_id"]


def test_posts_ids_that_differ_in_case_are_two_posts():
    assert (
        one(platform="instagram", post_id="Ab")["post_id"]
        != one(platform="instagram", post_id="aB")["post_id"]
    )


def test_author_mention_and_address_of_one_account_share_a_token():
    row = one(
        platform="x", author="Bob", mentions=["bob", "@BOB"], body="@bob https://x.com/bob", channel_id="bob",
        links=[{"url": "https://twitter.com/BOB", "domain": "twitter.com"}],
    )  # fmt: skip
    token = by_hand("account", "x", "bob")
    assert row == {
        "platform": "x", "author": token, "mentions": [token, token], "channel_id": token,
        "body": f"@{token} https://x.com/{token}",
        "links": [{"url": f"https://twitter.com/{token}", "domain": "twitter.com"}],
    }  # fmt: skip


# What people wrote


def body(text, *, platform="x", author="zqauthor", mentions=None):
    return one(platform=platform, author=author, mentions=mentions, body=text)["body"]


def account(name, platform="x"):
    return by_hand("account", platform, name)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("@bob bonjour", "@{bob} bonjour"),
        ("merci @bob!", "merci @{bob}!"),
        ("(@bob, @al).", "(@{bob}, @{al})."),
        (".@bob dit", ".@{bob} dit"),
        ("RT @bob: non", "RT @{bob}: non"),
        ("@bob.Demain", "@{bob}.Demain"),
        ("@bob@al", "@{bob}@{al}"),
        ("看这里@bob你好", "看这里@{bob}你好"),
        ("＠bob", "＠{bob}"),
        ("«@bob»", "«@{bob}»"),
    ],
)
def test_mentions_in_a_body_become_tokens_and_the_rest_stays(text, left):
    assert body(text) == left.format(bob=account("bob"), al=account("al"))


@pytest.mark.parametrize(
    ("platform", "text", "mentions", "name"),
    [
        ("facebook", "Bravo @Jean Tremblay !", ["Jean Tremblay"], "Jean Tremblay"),
        ("weibo", "@张三你好", ["张三"], "张三"),
        ("weibo", "转发@张三", None, "张三"),
        ("bluesky", "@al.bsky.social bonjour", None, "al.bsky.social"),
        ("mastodon", "@al@mstdn.example bonjour", None, "al@mstdn.example"),
        ("instagram", "@jean.t bonjour", None, "jean.t"),
    ],
)
def test_names_of_every_kind_are_found_behind_their_sign(platform, text, mentions, name):
    token = account(name.casefold(), platform)
    assert body(text, platform=platform, mentions=mentions) == text.replace(name, token)


def test_an_e_mail_address_becomes_one_token():
    assert body("Écrire à Bob.B@mail.example.") == f"Écrire à {by_hand('email', '', 'bob.b@mail.example')}."


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("voir https://x.com/bob/status/17.", "voir https://x.com/{bob}/status/{post}."),
        ("voir (https://x.com/bob)", "voir (https://x.com/{bob})"),
        ("voir x.com/bob", "voir x.com/{bob}"),
        ("看https://x.com/bob，好", "看https://x.com/{bob}，好"),
    ],
)
def test_addresses_in_a_body_lose_names_like_those_in_links(text, left):
    assert body(text) == left.format(bob=account("bob"), post=by_hand("post", "x", "17"))


def test_personal_sites_without_a_path_are_found_too():
    assert body("lire zqbob.tumblr.com ce soir") == f"lire {account('zqbob', 'tumblr')}.tumblr.com ce soir"


@pytest.mark.parametrize(
    "text",
    [
        "Le 3/4 de 10 @ 5 $ et/ou rien. À 10h30/11h",
        "https://news.example/a?b=c, puis www.news.example.",
        "Une phrase.Sans espace",
        "50 % de a.b/c",
        "",
    ],
)
def test_a_body_that_names_nobody_stays_exactly_as_it_is(text):
    assert body(text) == text


@pytest.mark.parametrize(
    ("author", "text", "left"),
    [
        ("zqbob", "Moi, Zqbob, je signe #zqbob", "Moi, {0}, je signe #{0}"),
        ("x:zqbob", "zqbob.", "{0}."),
        ("zqbob", "zqbobine et zqbob_2", "zqbobine et zqbob_2"),
        ("张三", "我是张三的朋友", "我是{0}的朋友"),
    ],
)
def test_authors_names_are_hidden_as_whole_words_in_what_they_wrote(author, text, left):
    token = account(author.removeprefix("x:"))
    assert body(text, author=author) == left.format(token)


def test_a_name_too_short_to_tell_from_a_word_is_hidden_only_behind_its_sign():
    assert body("a @a a", author="a") == f"a @{account('a')} a"


def test_titles_are_read_as_bodies_are():
    assert one(platform="x", title="@bob")["title"] == f"@{account('bob')}"


def test_a_hashtag_that_is_its_authors_name_is_hidden():
    row = one(platform="x", author="@Zqbob", hashtags=["Budget", "zqBob"])
    assert row["hashtags"] == ["Budget", account("zqbob")]


# Where posts stand


def test_a_posts_own_address_keeps_its_host_on_a_known_platform_and_nothing_elsewhere():
    known, unknown = hidden({"url": "https://x.com/bob/status/17"}, {"url": "https://forum.example/t/99"})
    assert known["url"] == f"https://x.com/{account('bob')}/status/{by_hand('post', 'x', '17')}"
    assert unknown["url"] == by_hand("address", "", "https://forum.example/t/99")


def test_the_address_of_an_article_is_public():
    assert one(kind="article", url="https://news.example/a")["url"] == "https://news.example/a"


def test_where_the_original_stands_is_hidden_whole():
    assert one(raw_ref="line 7 of bob.csv")["raw_ref"] == by_hand("address", "", "line 7 of bob.csv")


# Who stays in clear


def test_public_actors_stay_in_clear_everywhere_and_their_posts_ids_do_not():
    (row,) = hidden(
        {"platform": "x", "post_id": "1", "author": "@Minister", "mentions": ["minister", "bob"],
         "body": "Minister says @Minister https://x.com/Minister/status/1"},
        public_actors=["@minister"],
    )  # fmt: skip
    post = by_hand("post", "x", "1")
    assert row == {
        "platform": "x", "post_id": post, "author": "minister", "mentions": ["minister", account("bob")],
        "body": f"Minister says @Minister https://x.com/Minister/status/{post}",
    }  # fmt: skip


def test_a_public_actor_of_one_platform_is_nobody_elsewhere():
    rows = hidden(
        {"platform": "x", "author": "al"}, {"platform": "vk", "author": "al"}, public_actors=["x:Al"]
    )
    assert [row["author"] for row in rows] == ["al", account("al", "vk")]


def test_a_file_cannot_declare_anybody_public():
    assert one(platform="x", author="bob", is_public_actor=True)["author"] == account("bob")


def test_public_actors_are_not_in_the_vault():
    _, identities = pseudonymise(
        table_of({"platform": "x", "author": "al", "body": "@al"}), KEY, public_actors=["al"]
    )
    assert identities.num_rows == 0


# What stands behind


def test_identities_tell_each_raw_name_behind_each_token_once():
    _, identities = pseudonymise(
        table_of({"platform": "x", "author": "Bob", "mentions": ["bob", "bob"], "body": "@bob @BOB"}), KEY
    )
    told = [tuple(row.values()) for row in identities.to_pylist()]
    assert sorted(told) == [("account", account("bob"), raw) for raw in ("BOB", "Bob", "bob")]


# Whatever the posts

ROW = st.fixed_dictionaries(
    {
        "platform": st.sampled_from([None, "x", "Twitter", "telegram", "mastodon", "weibo", "parlotte"]),
        "author": NAME,
        "other": NAME,
        "number": NUMBER,
        "text": st.lists(
            st.sampled_from([
                "bonjour", "@{author}", "{author}", "{AUTHOR}", "@{other}", "@{OTHER}, merci", "RT@{other}",
                "https://x.com/{other}/status/{number}", "http://t.me/{author}/{number}", "t.me/{other}",
                "{author}@mail.example", "#{author}", "https://masto.example/@{other}/{number}",
                "@{other}。好",
                "(https://facebook.com/{other})", "看@{author}你好", "{other}.tumblr.com", "«{author}»",
                "https://web.example/x?u=https%3A%2F%2Fvk.com%2F{other}", "//{other}@host.example/",
                "tg://resolve?domain={other}", "@{author}@masto.example", "@{author}@{other}",
            ]),
            max_size=6,
        ),
        "glue": st.sampled_from([" ", "\n", " … ", "，"]),
    }
)  # fmt: skip


def written(row):
    facts = {"author": row["author"], "other": row["other"], "number": row["number"],
             "AUTHOR": row["author"].upper(), "OTHER": row["other"].title()}  # fmt: skip
    text = row["glue"].join(row["text"]).format(**facts)
    return {
        "post_id": f"{row['platform'] or ''}:{row['number']}", "platform": row["platform"],
        "url": f"https://site.example/{row['author']}/{row['number']}", "in_reply_to": row["number"],
        "author": row["author"], "channel_id": row["other"], "title": text, "body": text,
        "hashtags": ["budget", row["author"]], "mentions": [row["other"]],
        "links": [{"url": f"https://x.com/{row['other']}/status/{row['number']}", "domain": "x.com"}],
        "raw_ref": f"{row['author']}.json",
    }  # fmt: skip


@given(rows=st.lists(ROW, min_size=1, max_size=4))
def test_no_raw_name_or_number_is_left_anywhere(rows):
    table, identities = pseudonymise(table_of(*map(written, rows)), KEY)
    left = repr(table.to_pylist()).casefold()
    for row in rows:
        assert row["author"] not in left
        assert row["other"] not in left
        assert row["number"] not in left
    assert {row["author"] for row in rows} <= set(identities["raw"].to_pylist())


@given(rows=st.lists(ROW, min_size=1, max_size=4), data=st.data())
def test_what_a_row_becomes_does_not_depend_on_the_rows_beside_it(rows, data):
    whole = table_of(*map(written, rows))
    cut = data.draw(st.integers(0, len(rows)))
    parts = [pseudonymise(part, KEY)[0] for part in (whole.slice(0, cut), whole.slice(cut))]
    assert pa.concat_tables(parts).equals(pseudonymise(whole, KEY)[0])


@given(rows=st.lists(ROW, min_size=1, max_size=3))
def test_every_token_in_the_posts_has_its_identity_and_another_key_shares_none(rows):
    table, identities = pseudonymise(table_of(*map(written, rows)), KEY)
    told = identities["pseudonym"].to_pylist()
    assert pseudonyms_in(table) >= set(told)
    assert pseudonyms_in(table.select(["author", "post_id", "mentions", "channel_id"])) <= set(told)
    rows_told = [tuple(row.values()) for row in identities.to_pylist()]
    assert len(rows_told) == len(set(rows_told))
    _, others = pseudonymise(table_of(*map(written, rows)), ProjectKey.derive(bytes(32), b"another"))
    assert not set(told) & set(others["pseudonym"].to_pylist())


@given(columns=st.sets(st.sampled_from(POSTS.names), min_size=1), count=st.integers(0, 2))
def test_any_columns_will_do_and_all_of_them_stay(columns, count):
    names = [name for name in POSTS.names if name in columns]
    table = pa.table({name: pa.nulls(count, POSTS.field(name).type) for name in names})
    done, identities = pseudonymise(table, KEY)
    assert done.equals(table)
    assert identities.num_rows == 0


def test_bytes_that_are_no_text_are_shown_as_such_and_stop_nothing():
    offsets = pa.py_buffer(bytes([0, 0, 0, 0, 6, 0, 0, 0]))
    broken = pa.Array.from_buffers(pa.string(), 1, [None, offsets, pa.py_buffer(b"\xff @bob")])
    nested = pa.ListArray.from_arrays(pa.array([0, 1], pa.int32()), broken)
    table = pa.table({"platform": ["x"], "body": broken, "mentions": nested})
    (row,) = pseudonymise(table, KEY)[0].to_pylist()
    assert row["body"] == f"\ufffd @{account('bob')}"
    assert row["mentions"] == [account("\ufffd @bob")]
