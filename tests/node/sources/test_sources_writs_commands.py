"""`vigie collect writs`: writ periods set, listed and ended on the host."""

from __future__ import annotations

import pytest

from vigie_cli import exits

ELECTION = ["--election", "Partielle\x1b[31m", "--from", "2026-09-01", "--to", "2026-10-05"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_writ_period_is_set_listed_and_ended_each_recorded(node, language):
    empty, added, listed = node.run(
        ["collect", "writs"],
        ["collect", "writs", "add", *ELECTION],
        ["collect", "writs"],
        VIGIE_LANG=language,
    )
    assert (empty.status, empty.out) == (exits.DONE, "")
    assert added.status == exits.DONE, added.err
    id_, days, state, name = listed.out.rstrip("\n").split("  ")
    assert (id_, days) == (added.out.strip(), "2026-09-01 – 2026-10-05")
    assert "\x1b" not in name
    assert "Partielle" in name
    assert state
    ended, again = node.run(["collect", "writs", "end", id_, "--quiet"], ["collect", "writs"])
    assert (ended.status, ended.err) == (exits.DONE, "")
    assert "ended early" in again.out
    kinds = node.rows("SELECT kind, actor FROM ledger_entry WHERE kind LIKE 'writ.%' ORDER BY seq")
    assert kinds == [("writ.set", "host"), ("writ.ended", "host")]
    (period,) = node.rows("SELECT from_ms, to_ms FROM sources_writperiod")
    assert period == (1_788_235_200_000, 1_791_259_200_000)  # midnight in Toronto, of the day after the last


def test_what_makes_no_writ_period_is_refused_with_its_exit_code(node):
    nameless, backwards, dayless, nobody, nonsense, zone = node.run(
        ["collect", "writs", "add", *ELECTION[2:]],
        ["collect", "writs", "add", "--election", "X", "--from", "2026-10-05", "--to", "2026-09-01"],
        ["collect", "writs", "add", "--election", "X", "--from", "2026-10-05"],
        ["collect", "writs", "end", "rien"],
        ["collect", "writs", "remove"],
        ["collect", "writs", "add", "--zone", "Nulle/Part", *ELECTION],
    )
    assert (nameless.status, backwards.status) == (exits.NODE, exits.NODE)
    assert "no name" in nameless.err
    assert "ends before it begins" in backwards.err
    for one in (dayless, nobody, nonsense, zone):
        assert one.status == exits.OPTION
        assert one.out == ""
    assert "--to" in dayless.err
    assert node.rows("SELECT count(*) FROM sources_writperiod") == [(0,)]
