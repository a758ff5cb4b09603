"""Shorteners are asked where their addresses lead only when the operator says so."""

from __future__ import annotations

from dataclasses import replace

from vigie.collect.expanding import Resolver
from vigie_node.sources import taking


def test_nobody_is_asked_unless_the_operator_says_so(settings):
    assert taking._resolver() is None
    settings.NODE = replace(settings.NODE, expand_links=True)
    assert isinstance(taking._resolver(), Resolver)
