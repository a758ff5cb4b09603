"""What the requests of live collection may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import vigie
from vigie.outbound import Peer, Policy

if TYPE_CHECKING:
    from vigie_node.home import Configuration

BODY_BYTES_MAX = 50 * 1024 * 1024  # of a sitemap: https://www.sitemaps.org/protocol.html


def policy_of(node: Configuration) -> Policy:
    """Return the policy of a node: public places by https, and the peers that its operator opened."""
    return Policy(
        read_ms=30_000,
        total_ms=120_000,
        body_bytes_max=BODY_BYTES_MAX,
        peers=tuple(map(Peer.written, node.peers)),
        user_agent=f"Vigie/{vigie.__version__} (+{node.address})",
    )
