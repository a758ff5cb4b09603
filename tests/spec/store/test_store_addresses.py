"""Addresses lose the names in them and keep the rest: `{kind raw}` marks a token and what it stands for."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.store.pseudonyms import ProjectKey, pseudonymise
from vigie.terms.posts import LINK

KEY = ProjectKey.derive(bytes(32), b"addresses")


def told(*addresses: str) -> list[str]:
    """Return what becomes of addresses, with each token written as what it stands for."""
    links = pa.array([[{"url": one, "domain": None}] for one in addresses], pa.list_(LINK))
    table, identities = pseudonymise(pa.table({"links": links}), KEY)
    behind = {row["pseudonym"]: "{" + f"{row['kind']} {row['raw']}" + "}" for row in identities.to_pylist()}
    return [
        re.sub("[a-z2-7]{16}", lambda found: behind.get(found[0], found[0]), row["links"][0]["url"])
        for row in table.to_pylist()
    ]


@pytest.mark.parametrize(
    ("raw", "left"),
    [
        ("https://x.com/bob", "https://x.com/{account bob}"),
        ("https://twitter.com/bob/status/17", "https://twitter.com/{account bob}/status/{post 17}"),
        ("https://mobile.twitter.com/bob/status/17/photo/1",
         "https://mobile.twitter.com/{account bob}/status/{post 17}/photo/{post 1}"),
        ("https://x.com/i/web/status/17", "https://x.com/i/web/status/{post 17}"),
        ("https://x.com/hashtag/budget", "https://x.com/hashtag/budget"),
        ("https://x.com/intent/user?screen_name=bob", "https://x.com/intent/user?screen_name={account bob}"),
        ("https://t.me/chan", "https://t.me/{account chan}"),
        ("https://t.me/s/chan/42", "https://t.me/s/{account chan}/{post 42}"),
        ("https://www.facebook.com/bob.b/posts/pfbid0A",
         "https://www.facebook.com/{account bob.b}/posts/{post pfbid0A}"),
        ("https://facebook.com/profile.php?id=99", "https://facebook.com/profile.php?id={account 99}"),
        ("https://facebook.com/permalink.php?story_fbid=1&id=9",
         "https://facebook.com/permalink.php?story_fbid={post 1}&id={account 9}"),
        ("https://www.instagram.com/bob/", "https://www.instagram.com/{account bob}/"),
        ("https://www.instagram.com/p/Cx_1/", "https://www.instagram.com/p/{post Cx_1}/"),
        ("https://www.tiktok.com/@bob/video/7", "https://www.tiktok.com/@{account bob}/video/{post 7}"),
        ("https://www.youtube.com/@Bob", "https://www.youtube.com/@{account Bob}"),
        ("https://www.youtube.com/channel/UCabc", "https://www.youtube.com/channel/{account UCabc}"),
        ("https://bsky.app/profile/bob.bsky.social/post/3k",
         "https://bsky.app/profile/{account bob.bsky.social}/post/{post 3k}"),
        ("https://www.reddit.com/user/bob", "https://www.reddit.com/user/{account bob}"),
        ("https://old.reddit.com/r/quebec/comments/1a/title_of_it/",
         "https://old.reddit.com/r/quebec/comments/{post 1a}/{post title_of_it}/"),
        ("https://vk.com/id123", "https://vk.com/{account id123}"),
        ("https://weibo.com/u/123", "https://weibo.com/u/{account 123}"),
        ("https://weibo.com/n/%E5%BC%A0%E4%B8%89", "https://weibo.com/n/{account 张三}"),
        ("https://www.threads.net/@bob/post/C1", "https://www.threads.net/@{account bob}/post/{post C1}"),
        ("https://bob.tumblr.com/post/1/slug", "https://{account bob}.tumblr.com/post/{post 1}/{post slug}"),
        ("https://medium.com/@bob/a-story", "https://medium.com/@{account bob}/a-story"),
        ("https://linkedin.com/in/bob-b", "https://linkedin.com/in/{account bob-b}"),
    ],
)  # fmt: skip
def test_accounts_and_posts_of_known_platforms_are_hidden_and_hosts_stay(raw, left):
    assert told(raw) == [left]


@pytest.mark.parametrize(
    ("raw", "left"),
    [
        ("https://mastodon.example/@bob", "https://mastodon.example/@{account bob@mastodon.example}"),
        ("https://mastodon.example/@bob@other.example/109",
         "https://mastodon.example/@{account bob@other.example}/{post 109}"),
        ("https://mastodon.example/users/bob/statuses/109",
         "https://mastodon.example/users/{account bob@mastodon.example}/statuses/{post 109}"),
        ("https://forum.example/u/bob", "https://forum.example/u/{account bob@forum.example}"),
        ("https://news.example/story?contact=bob@mail.example",
         "https://news.example/story?contact={email bob@mail.example}"),
    ],
)  # fmt: skip
def test_accounts_on_any_site_are_hidden_where_its_address_says_that_it_is_one(raw, left):
    assert told(raw) == [left]


@pytest.mark.parametrize(
    ("raw", "left"),
    [
        ("https://archive.example/web/2024/https://x.com/bob",
         "https://archive.example/web/2024/https://x.com/{account bob}"),
        ("https://web.archive.example/web/2024/http:/twitter.com/bob",
         "https://web.archive.example/web/2024/http://twitter.com/{account bob}"),
        ("https://away.example/?to=https%3A%2F%2Ft.me%2Fchan",
         "https://away.example/?to=https://t.me/{account chan}"),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fnews.example%2Fa", "https://l.facebook.com/l.php?u=https://news.example/a"),
        ("https://bob:word@news.example/a", "https://{account bob:word}@news.example/a"),
        ("mailto:bob@mail.example", "mailto:{address mailto:bob@mail.example}"),
        ("tg://resolve?domain=bob", "tg://{address tg://resolve?domain=bob}"),
    ],
)  # fmt: skip
def test_names_in_nested_and_unusual_addresses_are_hidden(raw, left):
    assert told(raw) == [left]


@pytest.mark.parametrize(
    "raw",
    [
        "https://news.example/2026/11/a-story?id=7&page=2#top",
        "https://news.example",
        "https://netflix.com/title/1",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "https://example.org/?",
        "HTTPS://Example.org/A",
        "https://fr.wikipedia.example/wiki/Québec",
        "https://away.example/?to=https%3A%2F%2Fnews.example%2Fa",
        "https://www.reddit.com/r/quebec",
        "1234567890",
        "",
    ],
)
def test_an_address_that_names_nobody_stays_exactly_as_it_is(raw):
    assert told(raw) == [raw]


def test_the_same_address_twice_is_still_the_same_and_another_is_another():
    one, again, other = told(
        "https://x.com/bob/status/1", "https://x.com/bob/status/1", "https://x.com/al/status/1"
    )
    assert one == again != other


def test_the_same_account_has_one_token_in_an_address_whatever_its_case():
    table, _ = pseudonymise(
        pa.table(
            {
                "links": pa.array(
                    [[{"url": f"https://x.com/{name}"}] for name in ("Bob", "bob")], pa.list_(LINK)
                )
            }
        ),
        KEY,
    )
    one, other = table["links"].to_pylist()
    assert one == other


@given(
    host=st.sampled_from(["x.com", "t.me", "facebook.com", "news.example", "m.vk.com", "bob.tumblr.com"]),
    rest=st.text(alphabet="ab/@?=&#%:.2fF40", max_size=40),
)
def test_any_address_is_read_to_its_end_and_gives_the_same_again(host, rest):
    raw = f"https://{host}/{rest}"
    assert told(raw) == told(raw)
