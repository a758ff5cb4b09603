"""Which sites hold personal accounts, and which words of their addresses are nobody's name.

Everything else in the path of such an address is taken for a name: a word that is missing here costs an
analyst a readable word, never a person's name.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Site:
    """How the addresses of one platform are made.

    Args:
        platform: its name, as `tokens.platform_name` gives it.
        hosts: its registrable domains; any host below them is its too.
        words: path segments that the platform itself chose.
        topics: path segments that stay together with the one behind them: a hashtag, a forum.
        posts: path segments before the id of a post.
        public: parameters that name no account and no post.
        owned: whether each person has a host below the domain (`name.tumblr.com`).
        by_sign: whether only segments that begin with `@` name accounts; the rest is ordinary.
    """

    platform: str
    hosts: tuple[str, ...]
    words: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    posts: frozenset[str] = frozenset()
    public: frozenset[str] = frozenset()
    owned: bool = False
    by_sign: bool = False


def _site(
    platform: str,
    hosts: str,
    *,
    words: str = "",
    topics: str = "",
    posts: str = "",
    public: str = "",
    owned: bool = False,
    by_sign: bool = False,
) -> Site:
    return Site(
        platform=platform,
        hosts=tuple(hosts.split()),
        words=frozenset(words.split()),
        topics=frozenset(topics.split()),
        posts=frozenset(posts.split()),
        public=frozenset(public.split()),
        owned=owned,
        by_sign=by_sign,
    )


SITES = (
    _site("x", "x.com twitter.com nitter.net fxtwitter.com vxtwitter.com fixupx.com",
          words="i web home search explore intent share tweet user follow like retweet hashtag lists "
                "communities events spaces moments photo video media with_replies likes followers "
                "following tos privacy",
          topics="hashtag", posts="status statuses"),
    _site("telegram", "t.me telegram.me telegram.dog", words="s c share url joinchat addstickers"),
    _site("facebook", "facebook.com fb.com fb.me fb.watch",
          words="groups pages people events watch reel reels stories story.php permalink.php profile.php "
                "photo.php l.php photo photos videos posts permalink share sharer sharer.php hashtag media "
                "set live p v r public",
          topics="hashtag", posts="posts permalink videos photos reel reels p v r share"),
    _site("instagram", "instagram.com instagr.am",
          words="explore tags locations stories highlights accounts reels", topics="tags",
          posts="p reel reels tv"),
    _site("threads", "threads.net threads.com", words="search tag", topics="tag", posts="post t"),
    _site("tiktok", "tiktok.com",
          words="tag music discover foryou live t embed v2", topics="tag music discover",
          posts="video photo v v2 t"),
    _site("youtube", "youtube.com youtube-nocookie.com",  # a video is as public as an article: it stays
          words="watch results feed channel c user playlist live_chat about videos streams community",
          topics="shorts embed live v hashtag", public="v list t index start time_continue"),
    _site("bluesky", "bsky.app", words="profile search hashtag feed lists starter-pack", topics="hashtag",
          posts="post"),
    _site("reddit", "reddit.com redd.it", words="r user u comments comment hot new top s wiki",
          topics="r", posts="comments comment s"),
    _site("vk", "vk.com vk.ru vkontakte.ru", words="feed search"),
    _site("ok", "ok.ru odnoklassniki.ru", words="profile group video topic", posts="topic video"),
    _site("weibo", "weibo.com weibo.cn", words="u n p detail status tv show profile",
          posts="detail status show"),
    _site("douyin", "douyin.com", words="user video note share", posts="video note"),
    _site("xiaohongshu", "xiaohongshu.com xhslink.com", words="user profile explore discovery item",
          posts="explore item"),
    _site("zhihu", "zhihu.com", words="question answer p people org", topics="question", posts="answer p"),
    _site("bilibili", "bilibili.com b23.tv", words="video bangumi read opus", posts="video read opus"),
    _site("linkedin", "linkedin.com lnkd.in",
          words="in pub company school posts feed update pulse jobs", posts="posts update pulse"),
    _site("snapchat", "snapchat.com", words="add spotlight p", posts="spotlight p"),
    _site("pinterest", "pinterest.com pinterest.ca pinterest.fr pin.it", words="pin ideas search",
          posts="pin"),
    _site("gab", "gab.com", words="groups posts", posts="posts"),
    _site("truthsocial", "truthsocial.com", words="users statuses posts tags", topics="tags",
          posts="statuses posts"),
    _site("gettr", "gettr.com", words="user post streaming", posts="post streaming"),
    _site("parler", "parler.com", words="user post", posts="post"),
    _site("minds", "minds.com", words="newsfeed group", posts="newsfeed"),
    _site("rumble", "rumble.com", words="user c"),
    _site("odysee", "odysee.com", by_sign=True),
    _site("medium", "medium.com", by_sign=True, owned=True),
    _site("twitch", "twitch.tv", words="videos directory clip", posts="videos clip"),
    _site("discord", "discord.com discord.gg discordapp.com", words="channels users invite"),
    _site("whatsapp", "wa.me whatsapp.com", words="channel send"),
    _site("viber", "viber.com", words="invite"),
    _site("line", "line.me", words="ti p"),
    _site("tumblr", "tumblr.com", words="blog view post tagged", topics="tagged", posts="post", owned=True),
    _site("substack", "substack.com", by_sign=True, owned=True),
    _site("wordpress", "wordpress.com", by_sign=True, owned=True),
    _site("blogspot", "blogspot.com", by_sign=True, owned=True),
    _site("livejournal", "livejournal.com", words="users profile", owned=True),
    _site("patreon", "patreon.com", words="user posts", posts="posts"),
    _site("linktree", "linktr.ee"),
)  # fmt: skip
BY_HOST = {host: site for site in SITES for host in site.hosts}
# Segments before a name on any site: the software of forums and of the fediverse.
BEFORE_NAMES = frozenset({"u", "user", "users", "profile"})
