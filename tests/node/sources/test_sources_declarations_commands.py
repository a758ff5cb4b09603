"""`vigie collect declare` and `declarations`: a command on the host, in force at once."""

from __future__ import annotations

import pytest

from vigie_cli import exits

pytestmark = pytest.mark.any_database  # homes of their own, and so their own SQLite


def test_declare_makes_one_in_force_and_a_file_may_bear_its_name(node, kit, tmp_path):
    (tmp_path / "declare").write_text(kit.csv_of(kit.rows_of(3)))
    sensitive = ["--subject", "party", "--purpose=x2"]
    declared, listed, again, file, refused, asked, unknown = node.run(
        [
            "collect",
            "declare",
            *kit.answers(),
            "--source",
            "site:example.org",
            "--terms",
            "yes",
            "--days",
            "9",
        ],
        ["collect", "declarations"],
        ["collect", "declare", *kit.answers(), "--quiet"],
        ["collect", tmp_path / "declare", *kit.answers()],
        ["collect", "declare", *kit.answers(), *sensitive],
        ["collect", "declare", *kit.answers(), *sensitive, "--hypothesis", "Comptes étrangers"],
        ["collect", "declare", *kit.answers(), "--source", "example.org"],
    )
    assert declared.status == exits.DONE, declared.err
    assert "in force, recorded as made by the host" in declared.err
    assert listed.out.split("  ") == [declared.out.strip(), "in force", f"{kit.ANSWERS['purpose']}\n"]
    assert again.err == ""
    assert file.status == exits.DONE, file.err
    assert "3 posts read" in file.out
    assert f"Declaration {again.out.strip()}" in file.err  # the same answers, the same declaration
    assert (refused.status, asked.status) == (exits.NODE, exits.DONE)
    assert "Nothing says why a foreign hand is thought to be in it" in refused.err
    assert "outside the team" in asked.err
    assert unknown.status == exits.OPTION
    states = node.rows("SELECT state, count(*) FROM sources_declaration GROUP BY state ORDER BY state")
    assert states == [("asked", 1), ("in_force", 2), ("refused", 1)]


def test_the_terms_of_sources_are_said_once_for_all_or_once_for_each(node, kit):
    two = ["--source", "site:un.example", "--source", "channel:@deux"]
    for_all, for_each, forbidden, uneven = node.run(
        ["collect", "declare", *kit.answers(), *two, "--terms", "yes"],
        ["collect", "declare", *kit.answers(), *two, "--terms", "yes", "--terms", "unknown"],
        ["collect", "declare", *kit.answers(), *two, "--terms", "yes", "--terms", "no"],
        ["collect", "declare", *kit.answers(), "--source", "site:x", "--terms", "yes", "--terms", "yes"],
    )
    assert (for_all.status, for_each.status) == (exits.DONE, exits.DONE), for_each.err
    assert forbidden.status == exits.NODE
    assert "do not allow monitoring" in forbidden.err
    assert uneven.status == exits.OPTION
    assert "one for each --source" in uneven.err
    said = node.rows("SELECT place, allows FROM sources_declaredsource ORDER BY id")
    assert said == [
        ("un.example", "yes"),
        ("@deux", "yes"),
        ("un.example", "yes"),
        ("@deux", "unknown"),
        ("un.example", "yes"),
        ("@deux", "no"),
    ]
