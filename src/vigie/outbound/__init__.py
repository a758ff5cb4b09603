"""The only way out: one guarded client for every request that leaves this machine.

A `Policy` says what requests of one kind may do; `Client(policy)` asks: `get`, `post`, and `check` for
addresses that are only to be judged; `stream` and `websocket` open what does not end. Every name is resolved
once, every address judged against our own list of denied networks, and the connection goes to what was
judged; redirects are judged anew; size and time have limits.
"""

from vigie.outbound.answers import Answer
from vigie.outbound.client import Client
from vigie.outbound.denied import LOOPBACK
from vigie.outbound.errors import OutboundError
from vigie.outbound.guard import Guard
from vigie.outbound.policy import Peer, Policy

__all__ = ["LOOPBACK", "Answer", "Client", "Guard", "OutboundError", "Peer", "Policy"]
