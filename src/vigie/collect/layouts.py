"""Exports of known tools that are flat tables, recognised by their columns.

Columns are compared as in `hints`: without case, accents, spaces and punctuation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vigie.collect.hints import TimeUnit


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A set of columns by which a known tool's export is recognised.

    Args:
        id: short name, stored as the layout of an intake.
        title: what people call the export.
        columns: source -> canonical column; all must be there. A counter's canonical column is `counts.name`.
        beside: columns that must be there too, and stay unmapped.
        also: source -> canonical column, for those that the export may lack; of several for one canonical
            column, the first that is there.
        given: canonical column -> what all rows of this export have in it, where no column says otherwise.
        within: ids that count within `channel_id`, where they are bare numbers.
        nobody: what the export writes where it names no author; all of them would be one account.
        is_whole: the layout knows all columns of the export, so that no others are guessed by their names.
        time_unit: what figures count in columns of moments.
        source: address of the page that documents the export.
    """

    id: str
    title: str
    columns: Mapping[str, str]
    beside: tuple[str, ...] = ()
    also: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    within: tuple[str, ...] = ()
    nobody: tuple[str, ...] = ()
    is_whole: bool = False
    time_unit: TimeUnit
    source: str


FOURCAT = "https://github.com/digitalmethodsinitiative/4cat/tree/master/datasources"
# 4CAT writes `timestamp` in the time of its own server, `unix_timestamp` without a zone to guess.
FOURCAT_TIMES: Mapping[str, str] = {"unix_timestamp": "created_ms", "timestamp": "created_ms"}

LAYOUTS: tuple[Layout, ...] = (
    Layout(
        id="CooRTweet",
        title="CooRTweet",
        columns={
            "object_id": "share_of",
            "account_id": "author",
            "content_id": "post_id",
            "timestamp_share": "created_ms",
        },
        time_unit="s",
        source="https://github.com/nicolarighetti/CooRTweet",
    ),
    Layout(
        # `urls` holds addresses separated by spaces; an empty text there is no link at all.
        id="coordination-network-toolkit",
        title="coordination-network-toolkit",
        columns={
            "message_id": "post_id",
            "user_id": "author",
            "repost_id": "share_of",
            "reply_id": "in_reply_to",
            "message": "body",
            "timestamp": "created_ms",
            "urls": "links",
        },
        beside=("username",),
        time_unit="s",
        source="https://github.com/QUT-Digital-Observatory/coordination-network-toolkit",
    ),
    Layout(
        id="4cat-instagram",
        title="4CAT, Instagram",
        columns={
            "id": "post_id", "body": "body", "author": "author", "url": "url", "num_likes": "counts.likes",
        },
        beside=("thread_id", "parent_id", "num_comments"),
        also={
            **FOURCAT_TIMES,
            "num_comments": "counts.comments", "hashtags": "hashtags",
        },
        given={"platform": "instagram"},
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/instagram/search_instagram.py",
    ),
    Layout(
        id="4cat-tiktok",
        title="4CAT, TikTok",
        columns={"id": "post_id", "body": "body", "author": "author", "tiktok_url": "url"},
        beside=("music_id",),
        also={
            **FOURCAT_TIMES,
            "author_followers": "author_followers",
            "likes": "counts.likes", "amount_likes": "counts.likes",
            "comments": "counts.comments", "amount_comments": "counts.comments",
            "shares": "counts.shares", "amount_shares": "counts.shares",
            "plays": "counts.views", "amount_plays": "counts.views",
            "hashtags": "hashtags",
            "location_created": "place",
        },
        given={"platform": "tiktok", "kind": "video"},
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/tiktok/search_tiktok.py",
    ),
    Layout(
        id="4cat-tiktok-comments",
        title="4CAT, TikTok comments",
        columns={
            "id": "post_id", "thread_id": "in_reply_to", "post_id": "thread_id", "author": "author",
            "body": "body", "comment_url": "url",
        },
        also={
            **FOURCAT_TIMES, "likes": "counts.likes", "replies": "counts.comments", "language_guess": "lang",
        },
        given={"platform": "tiktok", "kind": "comment"},
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/tiktok-comments/search_tiktok_comments.py",
    ),
    Layout(
        id="4cat-x",
        title="4CAT, X",
        columns={
            "id": "post_id", "thread_id": "thread_id", "author_id": "author", "body": "body", "link": "url",
            "urls": "links", "hashtags": "hashtags", "mentions": "mentions",
        },
        beside=("is_retweet", "retweeted_user"),
        also={
            **FOURCAT_TIMES,
            "author_followers": "author_followers",
            "language_guess": "lang",
            "retweet_count": "counts.shares", "reply_count": "counts.replies", "like_count": "counts.likes",
            "quote_count": "counts.quotes", "impression_count": "counts.views",
        },
        given={"platform": "x"},
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/twitter-import/search_twitter.py",
    ),
    Layout(
        id="4cat-bluesky",
        title="4CAT, Bluesky",
        columns={
            "id": "post_id", "thread_id": "thread_id", "author_id": "author", "body": "body", "link": "url",
            "tags": "hashtags", "mentions": "mentions", "links": "links",
        },
        beside=("replied_to_post", "quoted_post"),
        also={
            "created_at": "created_ms", "timestamp": "created_ms", "collected_at": "collected_ms",
            "author_created_at": "author_created_ms",
            "like_count": "counts.likes", "quote_count": "counts.quotes", "reply_count": "counts.replies",
            "repost_count": "counts.shares",
        },
        given={"platform": "bluesky"},
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/bsky/search_bsky.py",
    ),
    Layout(
        id="4cat-threads",
        title="4CAT, Threads",
        columns={
            "id": "post_id", "url": "url", "body": "body", "author": "author", "link_url": "links",
            "reposts": "counts.shares",
        },
        beside=("author_is_verified", "is_paid_partnership"),
        also={
            **FOURCAT_TIMES,
            "likes": "counts.likes", "replies": "counts.replies", "quotes": "counts.quotes",
            "hashtags": "hashtags",
        },
        given={"platform": "threads"},
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/threads/search_threads.py",
    ),
    Layout(
        id="4cat-9gag",
        title="4CAT, 9GAG",
        columns={
            "id": "post_id", "url": "url", "subject": "title", "body": "body", "author": "author",
            "source_url": "links", "tags": "hashtags",
        },
        beside=("is_vote_masked",),
        also={
            **FOURCAT_TIMES,
            "upvotes": "counts.upvotes", "downvotes": "counts.downvotes", "comments": "counts.comments",
        },
        given={"platform": "9gag"},
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/ninegag/search_9gag.py",
    ),
    Layout(
        id="4cat-imgur",
        title="4CAT, Imgur",
        columns={
            "id": "post_id", "subject": "title", "body": "body", "author": "author", "post_url": "url",
        },
        beside=("virality_score",),
        also={
            **FOURCAT_TIMES,
            "views": "counts.views", "upvotes": "counts.upvotes", "downvotes": "counts.downvotes",
            "comments": "counts.comments", "favourites": "counts.bookmarks",
        },
        given={"platform": "imgur"},
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/imgur/search_imgur.py",
    ),
    Layout(
        id="4cat-gab",
        title="4CAT, Gab",
        columns={
            "id": "post_id", "created_at": "created_ms", "body": "body", "url": "url", "account_id": "author",
            "link_url": "links", "group_id": "channel_id",
        },
        beside=("reaction_count", "account_username"),
        also={
            "reaction_count": "counts.reactions", "reposts_count": "counts.shares",
            "replies_count": "counts.replies",
        },
        given={"platform": "gab"},
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/gab/search_gab.py",
    ),
    Layout(
        id="4cat-truthsocial",
        title="4CAT, Truth Social",
        columns={
            "id": "post_id", "created_at": "created_ms", "body": "body", "url": "url", "account_id": "author",
            "account_followers": "author_followers", "group_id": "channel_id",
        },
        beside=("reblogs_count", "account_username"),
        also={
            "thread_id": "thread_id", "mentions": "mentions", "hashtags": "hashtags",
            "reblogs_count": "counts.shares", "replies_count": "counts.replies",
        },
        given={"platform": "truthsocial"},
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/truth/search_truth.py",
    ),
    Layout(
        id="4cat-douyin",
        title="4CAT, Douyin",
        columns={
            "id": "post_id", "body": "body", "post_url": "url", "author_user_id": "author",
            "hashtags": "hashtags",
        },
        beside=("collect_count", "digg_count", "author_nickname"),
        also={
            **FOURCAT_TIMES,
            "region": "place",
            "digg_count": "counts.likes", "comment_count": "counts.comments", "share_count": "counts.shares",
            "play_count": "counts.views", "collect_count": "counts.bookmarks",
            "download_count": "counts.downloads",
        },
        given={"platform": "douyin", "kind": "video"},
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/douyin/search_douyin.py",
    ),
    Layout(
        id="4cat-pinterest",
        title="4CAT, Pinterest",
        columns={
            "id": "post_id", "author": "author", "body": "body", "subject": "title", "url": "url",
            "board_url": "channel_id",
        },
        beside=("author_original", "board_pins"),
        also=FOURCAT_TIMES,
        given={"platform": "pinterest"},
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/pinterest/search_pinterest.py",
    ),
    Layout(
        id="4cat-telegram",
        title="4CAT, Telegram",
        columns={"id": "post_id", "thread_id": "channel_id", "author": "author", "body": "body"},
        beside=("author_is_bot", "author_forwarded_from_name", "unix_timestamp_forwarded_from"),
        also={
            **FOURCAT_TIMES,
            "unix_timestamp_edited": "edited_ms",
            "reply_to": "in_reply_to",
            "views": "counts.views",
        },
        given={"platform": "telegram"},
        within=("post_id", "in_reply_to"),
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/telegram/search_telegram.py",
    ),
    Layout(
        # LinkedIn gives no date: 4CAT takes the moment of collection less the age that the page shows ("3w").
        # Where the page tells no kinds of reactions, 4CAT writes 0 for each: they are not taken over.
        id="4cat-linkedin",
        title="4CAT, LinkedIn",
        columns={
            "id": "post_id", "body": "body", "author": "author", "post_url": "url", "link_url": "links",
            "hashtags": "hashtags",
        },
        beside=("timestamp_ago", "inclusion_context"),
        also={
            **FOURCAT_TIMES,
            "unix_timestamp_collected": "collected_ms", "timestamp_collected": "collected_ms",
            "author_mentions": "mentions",
            "reactions": "counts.likes", "comments": "counts.comments", "shares": "counts.shares",
        },
        given={"platform": "linkedin", "kind": "post"},
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/linkedin/search_linkedin.py",
    ),
    Layout(
        # `url` is the page that a submission passes on; its own page, where it passes on none.
        id="4cat-reddit",
        title="4CAT, Reddit",
        columns={
            "id": "post_id", "thread_id": "thread_id", "body": "body", "subject": "title",
            "author": "author", "url": "links", "subreddit": "channel_id", "parent": "in_reply_to",
        },
        beside=("author_flair", "post_flair"),
        also={**FOURCAT_TIMES, "score": "counts.score"},
        given={"platform": "reddit"},
        nobody=("[deleted]", "[removed]"),
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/reddit/search_reddit.py",
    ),
    Layout(
        # Of 4chan, 8chan and 8kun: nearly all write as "Anonymous".
        id="4cat-boards",
        title="4CAT, 4chan, 8chan and 8kun",
        columns={
            "id": "post_id", "thread_id": "thread_id", "body": "body", "subject": "title",
            "author": "author",
        },
        beside=("image_file", "image_md5", "country_name"),
        also={**FOURCAT_TIMES, "board": "channel_id", "country_code": "place", "country_name": "place"},
        within=("post_id", "thread_id"),
        nobody=("Anonymous", "anonymous"),
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/fourchan/search_4chan.py",
    ),
    Layout(
        # Its ids count within a wall that no column names: a post is known by its address.
        id="4cat-vk",
        title="4CAT, VK",
        columns={"link": "url", "author_id": "author", "body": "body", "links": "links"},
        beside=("id", "thread_id", "author_screen_name", "in_reply_to_comment_id", "item_type"),
        also={
            **FOURCAT_TIMES,
            "item_type": "kind",
            "author_followers": "author_followers",
            "author_country": "place",
            "views": "counts.views", "likes": "counts.likes", "post_comments": "counts.comments",
        },
        given={"platform": "vk"},
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/vk/search_vk.py",
    ),
    Layout(
        # `thread_id` is the key that a post and all that pass it on share.
        id="4cat-tumblr",
        title="4CAT, Tumblr",
        columns={
            "id": "post_id", "thread_id": "thread_id", "body": "body", "author": "author", "post_url": "url",
            "tags": "hashtags", "urls": "links",
        },
        beside=("is_reblog", "notes"),
        also={**FOURCAT_TIMES, "notes": "counts.notes", "audio_plays": "counts.plays"},
        given={"platform": "tumblr"},
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/tumblr/search_tumblr.py",
    ),
    Layout(
        # Videos, and comments where they were asked for; without details their dates are ages ("3 weeks").
        id="4cat-bitchute",
        title="4CAT, BitChute",
        columns={
            "id": "post_id", "thread_id": "thread_id", "body": "body", "subject": "title",
            "author_id": "author", "url": "url",
        },
        beside=("length", "thumbnail_image", "views"),
        also={
            **FOURCAT_TIMES,
            "parent_id": "in_reply_to", "hashtags": "hashtags", "channel_subscribers": "author_followers",
            "views": "counts.views", "likes": "counts.likes", "dislikes": "counts.dislikes",
            "comments": "counts.comments",
        },
        given={"platform": "bitchute"},
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/bitchute/search_bitchute.py",
    ),
    Layout(
        id="4cat-parler",
        title="4CAT, Parler",
        columns={
            "id": "post_id", "body": "body", "author": "author", "urls": "links", "hashtags": "hashtags",
            "permalink": "url",
        },
        beside=("impressions", "upvotes"),
        also={
            **FOURCAT_TIMES,
            "impressions": "counts.views", "upvotes": "counts.upvotes", "reposts": "counts.shares",
            "comments": "counts.comments",
        },
        given={"platform": "parler", "kind": "post"},
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/parler/search_parler.py",
    ),
    Layout(
        id="4cat-facebook",
        title="4CAT, Facebook",
        columns={"id": "post_id", "url": "url", "body": "body", "author": "author"},
        beside=("is_in_group", "group_name"),
        also={**FOURCAT_TIMES, "group_name": "channel_id"},
        given={"platform": "facebook", "kind": "post"},
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/facebook/search_facebook.py",
    ),
    Layout(
        # Authors are known by the name they show, which others may bear; notes of lists have no date.
        id="4cat-xiaohongshu",
        title="4CAT, RedNote (Xiaohongshu)",
        columns={
            "id": "post_id", "url": "url", "title": "title", "body": "body", "author": "author",
            "hashtags": "hashtags",
        },
        beside=("author_avatar_url", "likes", "video_url"),
        also={**FOURCAT_TIMES, "likes": "counts.likes"},
        given={"platform": "xiaohongshu", "kind": "post"},
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/xiaohongshu/search_rednote.py",
    ),
    Layout(
        id="4cat-xiaohongshu-comments",
        title="4CAT, RedNote (Xiaohongshu) comments",
        columns={
            "id": "post_id", "thread_id": "thread_id", "url": "url", "body": "body", "author": "author",
        },
        beside=("author_avatar_url", "ip_location", "likes", "replies"),
        also={
            **FOURCAT_TIMES,
            "ip_location": "place", "likes": "counts.likes", "replies": "counts.replies",
        },
        given={"platform": "xiaohongshu", "kind": "comment"},
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/xiaohongshu_comments/search_rednote_comments.py",
    ),
    Layout(
        # Dates are in China's time, as the site shows them; 4CAT reads them as if they were in its server's.
        # It writes 0 likes for each opening post: they are not taken over.
        id="4cat-douban",
        title="4CAT, Douban",
        columns={
            "id": "post_id", "thread_id": "thread_id", "group_id": "channel_id", "subject": "title",
            "body": "body", "author_id": "author",
        },
        beside=("is_topic_elite", "is_highlighted"),
        also=FOURCAT_TIMES,
        given={"platform": "douban"},
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/douban/search_douban.py",
    ),
    Layout(
        id="4cat-lihkg",
        title="4CAT, LIHKG",
        columns={
            "id": "post_id", "thread_id": "thread_id", "author": "author", "subject": "title", "body": "body",
        },
        beside=("is_first_post", "thread_category"),
        also={
            **FOURCAT_TIMES,
            "likes": "counts.likes", "dislikes": "counts.dislikes", "score": "counts.score",
            "quotes": "counts.quotes",
        },
        given={"platform": "lihkg"},
        is_whole=True,
        time_unit="s",
        source=f"{FOURCAT}/lihkg/search_lihkg.py",
    ),
    Layout(
        # Its moments name a zone: 2020-10-31 22:59:02 EDT. Of a group's posts the group is the author.
        id="crowdtangle-facebook",
        title="CrowdTangle, Facebook",
        columns={
            "Facebook Id": "author", "URL": "url", "Message": "body", "Link": "links",
            "Likes": "counts.likes", "Comments": "counts.comments", "Shares": "counts.shares",
        },
        beside=("User Name", "Total Interactions"),
        also={
            "Post Created": "created_ms", "Created": "created_ms",
            "Page Created": "author_created_ms",
            "Followers at Posting": "author_followers",
            "Page Admin Top Country": "place",
            "Link Text": "title",
            "Love": "counts.love", "Wow": "counts.wow", "Haha": "counts.haha", "Sad": "counts.sad",
            "Angry": "counts.angry", "Care": "counts.care", "Post Views": "counts.views",
        },
        given={"platform": "facebook", "kind": "post"},
        is_whole=True,
        time_unit="s",
        source="https://github.com/CrowdTangle/API/wiki/Post",
    ),
    Layout(
        id="crowdtangle-instagram",
        title="CrowdTangle, Instagram",
        columns={
            "User Name": "author", "URL": "url", "Description": "body",
            "Likes": "counts.likes", "Comments": "counts.comments",
        },
        beside=("Account", "Photo"),
        also={
            "Post Created": "created_ms", "Created": "created_ms",
            "Followers at Posting": "author_followers",
            "Title": "title",
            "Views": "counts.views",
        },
        given={"platform": "instagram", "kind": "post"},
        is_whole=True,
        time_unit="s",
        source="https://github.com/CrowdTangle/API/wiki/Post",
    ),
    Layout(
        id="youtube-data-tools-videos",
        title="YouTube Data Tools, video list",
        columns={
            "videoId": "post_id", "channelId": "author", "publishedAt": "created_ms",
            "videoDescription": "body",
        },
        beside=("channelTitle",),
        also={
            "videoTitle": "title",
            "defaultAudioLanguage": "lang", "defaultLanguage": "lang",
            "viewCount": "counts.views", "likeCount": "counts.likes", "dislikeCount": "counts.dislikes",
            "commentCount": "counts.comments",
        },
        given={"platform": "youtube", "kind": "video"},
        is_whole=True,
        time_unit="s",
        source="https://ytdt.digitalmethods.net",
    ),
    Layout(
        # The author is known by the channel where the export has it.
        id="youtube-data-tools-comments",
        title="YouTube Data Tools, comments",
        columns={"id": "post_id", "isReplyTo": "in_reply_to", "text": "body", "publishedAt": "created_ms"},
        beside=("authorName",),
        also={
            "authorChannelId": "author", "authorName": "author",
            "likeCount": "counts.likes", "replyCount": "counts.comments",
        },
        given={"platform": "youtube", "kind": "comment"},
        is_whole=True,
        time_unit="s",
        source="https://ytdt.digitalmethods.net",
    ),
    Layout(
        # Comments of several videos come with names and ids hashed by the tool itself.
        id="youtube-data-tools-2-comments",
        title="YouTube Data Tools 2, comments",
        columns={
            "id": "post_id", "videoId": "thread_id", "isReplyToId": "in_reply_to", "text": "body",
            "publishedAt": "created_ms",
        },
        beside=("authorName", "threadId"),
        also={
            "authorChannelId": "author", "authorName": "author",
            "likeCount": "counts.likes", "totalReplyCount": "counts.comments",
        },
        given={"platform": "youtube", "kind": "comment"},
        is_whole=True,
        time_unit="s",
        source="https://github.com/bernorieder/youtube-data-tools-v2",
    ),
)  # fmt: skip
