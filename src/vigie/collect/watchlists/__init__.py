"""Watch-lists: domains, addresses and accounts that somebody published as part of an operation.

What a list names is compared with what was collected; it is never opened, fetched or resolved, and a match is
a reason to look, never a finding. Markings come along: what a list may be used for is its publisher's word.
"""

from vigie.collect.watchlists.indicators import Indicator, Kind
from vigie.collect.watchlists.reading import read_watchlist
from vigie.collect.watchlists.recognising import CERTAIN, TITLES, Recognised, recognise_watchlist

__all__ = ["CERTAIN", "TITLES", "Indicator", "Kind", "Recognised", "read_watchlist", "recognise_watchlist"]
