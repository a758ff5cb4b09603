"""Addresses in one form, so that two posts that pass on the same page are seen to.

What is not an address of the web (a numeric id, a bare word) stays exactly as it is.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit, urlunsplit

# Parameters that say who clicked or where, never which page.
# Source: https://github.com/brave/brave-browser/wiki/Query-String-Filter
TRACKING = (
    "__hsfp", "__hssc", "__hstc", "_hsenc", "_openstat", "dclid", "fbclid", "gbraid", "gclid", "gclsrc",
    "hscta", "igsh", "igshid", "mc_cid", "mc_eid", "mkt_tok", "msclkid", "oly_anon_id", "oly_enc_id",
    "rb_clickid", "s_cid", "ttclid", "twclid", "vero_conv", "vero_id", "wbraid", "wickedid", "yclid",
)  # fmt: skip
TRACKING_STARTS = ("utm_", "hsa_")
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


@lru_cache(maxsize=1 << 16)
def canonical_link(text: str) -> str:
    """Return the address with scheme and host in lower case, without fragment, tracking or default port.

    A path that is empty or only a slash is dropped; the order of parameters is kept.
    """
    try:
        parts = urlsplit(text)
    except ValueError:  # brackets that are no IPv6 address
        return text
    if parts.scheme not in DEFAULT_PORTS or not parts.netloc:
        return text
    user, at, host = parts.netloc.rpartition("@")
    host = host.lower().removesuffix(DEFAULT_PORTS[parts.scheme])
    path = "" if parts.path == "/" else parts.path
    return urlunsplit((parts.scheme, user + at + host, path, _kept(parts.query), ""))


def _kept(query: str) -> str:
    """Return the parameters that say which page it is."""
    return "&".join(part for part in query.split("&") if not _is_tracking(part.partition("=")[0].lower()))


def _is_tracking(name: str) -> bool:
    return name in TRACKING or name.startswith(TRACKING_STARTS)
