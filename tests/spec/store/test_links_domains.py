"""Registrable domains that are a person's own site hide the name, as their addresses do."""

from __future__ import annotations

import pyarrow as pa

from vigie.store.pseudonyms import ProjectKey, pseudonymise
from vigie.terms.posts import LINK

KEY = ProjectKey.derive(bytes(32), b"test")


def test_the_domain_of_a_personal_site_has_the_token_of_its_address():
    told = [
        {"url": "https://alice.blogspot.com/2026/03/a.html", "domain": "alice.blogspot.com"},
        {"url": "https://www.journal.example/a", "domain": "journal.example"},
        {"url": "https://blogspot.com/x", "domain": "blogspot.com"},
        {"url": "23", "domain": None},
    ]
    table, identities = pseudonymise(pa.table({"links": pa.array([told, None], pa.list_(LINK))}), KEY)
    personal, *others = table.column("links").to_pylist()[0]
    assert "alice" not in str(table.to_pylist())
    assert personal["url"].startswith(f"https://{personal['domain']}/")
    assert [one["domain"] for one in others] == ["journal.example", "blogspot.com", None]
    assert "alice" in identities.column("raw").to_pylist()
