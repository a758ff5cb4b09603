"""Watch-lists for the browser: one in its second version, and a third file that waits to be taken in."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from vigie_node.sources import watchlist_reading
from vigie_node.sources.actions import watchlists as actions

if TYPE_CHECKING:
    from vigie_node.people.models import Person
    from vigie_node.sources.models import WatchList, WatchListVersion

HEAD = "indicator_type,indicator_value,platform,operation,source,description,tlp,ds\n"
SITES = "".join(
    f"domain_name,mensonge-{n}[.]example,,Kombat inventé,Rapport {n},,TLP:GREEN,2026-03-0{n}\n"
    for n in range(1, 10)
)
FIRST = HEAD + SITES
SECOND = (
    HEAD
    + SITES.replace("mensonge-9", "un-nom-de-domaine-qui-n-en-finit-pas-" + "a" * 60)
    + "username,@compte-invente,X,Kombat inventé,Rapport 2,relaie le site miroir,TLP:AMBER+STRICT,\n"
    "email,contact@mensonge[.]example,,,,,,\n"
    "phone,555 0100,,,,,,\n"
)


def make_lists(somebody: Person) -> dict[str, str]:
    """Make them, and return their ids."""
    about = actions.About(
        title="Domaines de l’opération « Kombat inventé »",
        publisher="Service inventé de vigilance",
        terms="Licence Ouverte 2.0",
    )
    first = actions.take_in(_read(FIRST, somebody, about=about), by=somebody)
    actions.take_in(_read(SECOND, somebody, replaces=first.watchlist), by=somebody)
    waiting = _read(SECOND + "phone,1,,,,,,\n", somebody, replaces=first.watchlist)
    return {"list": str(first.watchlist_id), "file": str(waiting.pk)}


def _read(
    text: str, somebody: Person, *, about: actions.About | None = None, replaces: WatchList | None = None
) -> WatchListVersion:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "indicateurs.csv"
        path.write_text(text, encoding="utf-8")
        version = actions.hand_in(
            actions.File(
                name=path.name,
                path=str(path),
                sha256=watchlist_reading.sha256_of(path),
                byte_count=path.stat().st_size,
                is_upload=False,
            ),
            organisation=somebody.organisation,
            by=somebody,
            about=about,
            replaces=replaces,
            queued=False,
        )
        return watchlist_reading.read(version, lambda *_told: None)
