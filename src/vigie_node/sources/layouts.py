"""The kinds of files that are read, in groups, as people choose among them.

The engine says the same in `vigie.collect.layouts_known`; to ask it would load its readers into the web
process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vigie.terms.languages import Message, Words

COLUMNS_ALONE = "columns"
BY_CONTENT = say("Recognise it by its content")
GROUPS: Mapping[Message, Mapping[str, Message | str]] = {
    say("From platforms and their interfaces"): {
        "telegram": "Telegram Desktop",
        "x-api-v2": "X API v2",
        "mastodon": "Mastodon",
        "mastodon-archive": say("Mastodon, archive"),
        "youtube-api": "YouTube Data API v3",
        "reddit": "Reddit (Pushshift, Arctic Shift)",
        "bluesky-jetstream": "Bluesky Jetstream",
        "gdelt": "GDELT 2",
    },
    say("From the web"): {
        "feed": say("RSS, Atom or JSON Feed"),
        "page": say("Saved web page"),
        "warc": say("Web archive (WARC, WACZ)"),
    },
    say("From collecting tools"): {
        "zeeschuimer": "Zeeschuimer",
        "crowdtangle-api": "CrowdTangle API",
        "crowdtangle-facebook": "CrowdTangle, Facebook",
        "crowdtangle-instagram": "CrowdTangle, Instagram",
        "youtube-data-tools-videos": say("YouTube Data Tools, video list"),
        "youtube-data-tools-comments": say("YouTube Data Tools, comments"),
        "youtube-data-tools-2-comments": say("YouTube Data Tools 2, comments"),
        "CooRTweet": "CooRTweet",
        "coordination-network-toolkit": "coordination-network-toolkit",
    },
    say("From 4CAT"): {
        "4cat-9gag": "4CAT, 9GAG",
        "4cat-bitchute": "4CAT, BitChute",
        "4cat-bluesky": "4CAT, Bluesky",
        "4cat-boards": say("4CAT, 4chan, 8chan and 8kun"),
        "4cat-douban": "4CAT, Douban",
        "4cat-douyin": "4CAT, Douyin",
        "4cat-facebook": "4CAT, Facebook",
        "4cat-gab": "4CAT, Gab",
        "4cat-imgur": "4CAT, Imgur",
        "4cat-instagram": "4CAT, Instagram",
        "4cat-lihkg": "4CAT, LIHKG",
        "4cat-linkedin": "4CAT, LinkedIn",
        "4cat-parler": "4CAT, Parler",
        "4cat-pinterest": "4CAT, Pinterest",
        "4cat-reddit": "4CAT, Reddit",
        "4cat-telegram": "4CAT, Telegram",
        "4cat-threads": "4CAT, Threads",
        "4cat-tiktok": "4CAT, TikTok",
        "4cat-tiktok-comments": say("4CAT, TikTok comments"),
        "4cat-truthsocial": "4CAT, Truth Social",
        "4cat-tumblr": "4CAT, Tumblr",
        "4cat-vk": "4CAT, VK",
        "4cat-xiaohongshu": "4CAT, RedNote (Xiaohongshu)",
        "4cat-xiaohongshu-comments": say("4CAT, RedNote (Xiaohongshu) comments"),
        "4cat-x": "4CAT, X",
    },
    say("Other tables"): {COLUMNS_ALONE: say("A table of posts, by the names of its columns")},
}
TITLES = {id_: title for group in GROUPS.values() for id_, title in group.items()}


def choices(words: Words) -> list[tuple[str, object]]:
    """Return what a form offers: recognition first, then every layout in its group."""
    return [
        ("", words(BY_CONTENT)),
        *(
            (words(group), [(id_, words(title)) for id_, title in layouts.items()])
            for group, layouts in GROUPS.items()
        ),
    ]


def title_of(layout: str, words: Words) -> str:
    """Return what people call a layout; an id that is not known any more stands for itself."""
    return words(TITLES.get(layout or COLUMNS_ALONE, layout))
