"""How the columns of other people's files are recognised, as data.

Names are compared without case, accents, spaces and punctuation: `createdAt`, `Created at` and `created_at`
are one. For each canonical column the hints stand in order: the first that the file has is taken. Canonical
columns are filled in the order of HINTS, and a source column serves once.

`url` and `link` are ambiguous: the post's own address, or the address it passes on. The rule: beside a column
that can only hold links (`links`, `urls`, `expanded_urls` …) they are the post's own address; alone, or
beside one that can only be the post's address (`permalink`, `post_url` …), they are links, because posts are
compared by what they pass on; with both, `link` is the link. The order does this: `links` is filled before
`url`, and its ambiguous names come last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

TimeUnit = Literal["s", "ms", "us", "ns"]

HINTS: Mapping[str, tuple[str, ...]] = {
    "author": (
        "author", "author_id", "account_id", "user_id", "id_auteur", "auteur_id", "id_compte", "user.id_str",
        "user.id", "author.id", "owner_id", "from_id", "sender_id", "page_id", "account", "user", "auteur",
        "compte", "utilisateur", "username", "user_name", "screen_name", "user.screen_name", "user_username",
        "author_username", "author_name", "author_handle", "handle", "account_name", "page_name",
        "account_handle", "nom_utilisateur", "nom_auteur", "nom_compte", "pseudo", "from", "sender",
    ),
    "created_ms": (
        "created_ms", "timestamp_ms", "created_at_ms", "unix_timestamp", "created_utc", "timestamp_share",
        "created_at", "created", "created_time", "create_time", "creation_time", "created_date",
        "post_created", "published_at", "published", "posted_at", "post_date", "date_published",
        "publication_date", "tweet_time", "timestamp", "timestamp_utc", "ts", "datetime", "date_time",
        "date_utc", "date", "time", "horodatage", "date_heure", "date_publication", "date_de_publication",
        "publie_le", "date_creation", "cree_le", "heure",
    ),
    "links": (
        "links", "urls", "expanded_urls", "expanded_url", "url_expanded", "links_expanded", "outlinks",
        "shared_url", "shared_link", "article_url", "link_url", "external_url", "url_id", "liens",
        "urls_partagees", "lien_partage", "link", "url", "lien",
    ),
    "url": (
        "url", "post_url", "permalink", "permalink_url", "tweet_url", "status_url", "message_url",
        "post_link", "webvideourl", "adresse", "adresse_du_message", "lien_du_message", "lien_permanent",
        "link", "lien",
    ),
    "post_id": (
        "post_id", "message_id", "tweet_id", "status_id", "comment_id", "content_id", "video_id", "uri",
        "identifiant_message", "id_message", "id_publication", "id_str", "id", "identifiant", "platform_id",
    ),
    "share_of": (
        "share_of", "repost_id", "repost_of", "reposted_id", "reposted_post_id", "retweet_id", "retweeted_id",
        "retweet_tweet_id", "retweet_of", "retweet_of_status_id", "retweeted_status_id",
        "retweeted_status.id_str", "retweeted_tweet_id", "reblog.id", "shared_id", "shared_post_id",
        "object_id", "partage_de", "id_partage",
    ),
    "in_reply_to": (
        "in_reply_to", "reply_to_id", "reply_id", "reply_to", "in_reply_to_id", "in_reply_to_status_id_str",
        "in_reply_to_status_id", "in_reply_to_tweet_id", "in_reply_to_tweetid", "replied_to_id", "replied_to",
        "parent_id", "reponse_a", "en_reponse_a", "id_reponse",
    ),
    "quote_of": (
        "quote_of", "quoted_id", "quote_id", "quoted_post_id", "quoted_status_id_str", "quoted_status_id",
        "quoted_tweet_id", "quote_tweet_id", "citation_de",
    ),
    "thread_id": ("thread_id", "conversation_id", "discussion_id", "fil_id", "id_discussion"),
    "body": (
        "body", "text", "full_text", "tweet_text", "post_text", "message", "content", "caption", "selftext",
        "tweet", "texte", "contenu", "texte_du_message", "corps", "commentaire", "comment", "description",
    ),
    "title": ("title", "headline", "subject", "titre", "sujet"),
    "hashtags": ("hashtags", "hashtag", "hashtag_id", "tags", "mots_dieses", "mots_diese", "mots_clics"),
    "mentions": ("mentions", "user_mentions", "mentioned_users", "mentioned_user_ids", "comptes_mentionnes"),
    "media": ("media", "medias"),
    "media.pdq": ("pdq", "pdq_hash", "image_pdq", "phash", "phash_id"),
    "media.sha256": ("media_sha256", "image_sha256", "sha256"),
    "lang": ("lang", "language", "lang_code", "post_lang", "tweet_language", "langue"),
    "lang_confidence": ("lang_confidence", "language_confidence"),
    "platform": ("platform", "platform_name", "network", "plateforme", "reseau"),
    "channel_id": ("channel_id", "chat_id", "peer_id", "subreddit", "channel", "chaine", "canal"),
    "kind": ("kind", "post_type", "message_type", "content_type", "type"),
    "source_kind": ("source_kind",),
    "collection_id": ("collection_id",),
    "collected_ms": ("collected_ms", "collected_at", "retrieved_at", "timestamp_collected", "collecte_le"),
    "checked_ms": ("checked_ms", "checked_at", "last_checked", "last_checked_at", "last_seen", "verifie_le"),
    "edited_ms": ("edited_ms", "edited_at", "modifie_le", "date_modification"),
    "deleted_seen_ms": ("deleted_seen_ms", "deleted_at", "supprime_le"),
    "author_created_ms": (
        "author_created_ms", "author_created_at", "user_created_at", "account_created_at", "user.created_at",
        "account_creation_date", "date_creation_compte", "compte_cree_le",
    ),
    "author_followers": (
        "author_followers", "followers_count", "follower_count", "user_followers_count",
        "user.followers_count", "followers", "abonnes", "nombre_abonnes", "nb_abonnes",
    ),
    "is_public_actor": ("is_public_actor",),
    "visibility": ("visibility", "visibilite"),
    "counts": ("counts",),
    "place": ("place", "country", "country_code", "region", "pays", "lieu"),
    "evidence_id": ("evidence_id",),
    "raw_ref": ("raw_ref",),
    "delete_by_ms": ("delete_by_ms",),
}  # fmt: skip


UNKNOWN_IDS = ("", "NA", "NaN", "nan", "None", "null", "NULL", "<NA>", r"\N")
"""How R, pandas and databases write "no value"; read as an id, thousands of accounts would share it."""
