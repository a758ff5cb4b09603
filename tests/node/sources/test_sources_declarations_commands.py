"""`vigie collect declare` and `declarations`: a command on the host, in force at once."""

from __future__ import annotations

from vigie_cli import exits


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
