"""Something on every page about collecting, made as people make it: by the actions and forms of the node."""

from __future__ import annotations

import io
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from vigie_node.home import Home
from vigie_node.jobs import leases
from vigie_node.jobs.child import do
from vigie_node.jobs.models import Job
from vigie_node.sources import actions
from vigie_node.sources.actions import Answers, begin_intake, live
from vigie_node.sources.actions.captures import CAPTURE
from vigie_node.sources.actions.media import find_of_medium
from vigie_node.sources.actions.original_openings import ask_opening
from vigie_node.sources.actions.public_actors import Line, add_actor
from vigie_node.sources.guards import Source
from vigie_node.sources.languages import look_at_batches
from vigie_node.sources.models import Capture, Evidence, Intake
from vigie_node.sources.taking import take_in_file

if TYPE_CHECKING:
    from vigie_node.people.models import Person
    from vigie_node.sources.models import Declaration
    from vigie_node.sources.models import Source as LiveSource

SAMPLES = Path(__file__).parents[1] / "spec" / "collect" / "samples"
LONG = "https://une-adresse-tres-longue.exemple.ca/" + "rubrique/" * 12 + "article?numero=123456789"


class _Listener:
    """Hears how far work is."""

    def progress(self, *_told: object) -> None:
        """Hear it."""

    def check(self) -> None:
        """Go on."""


def fill_collecting(anne: Person, guy: Person) -> dict[str, str]:
    """Fill the pages and return the ids that their addresses name."""
    open_one = _in_force(guy)
    ids = _declarations(anne) | {"in_force": open_one.pk}
    done = _taken(open_one, anne, SAMPLES / "bluesky-jetstream.ndjson")
    rows = Path(Home.here().spool / "avec des rangées écartées.csv")
    rows.write_text(
        "author,created_at,body\na,2026-01-01,un\n,2026-01-02,deux\nb,jamais,trois\n" * 3, "utf-8"
    )
    _taken(open_one, anne, rows)
    ids |= {
        "intake": done.pk,
        "intake_failed": _failed(open_one, anne).pk,
        "source": _source(open_one, guy).pk,
    }
    add_actor(
        Line(
            platform="x",
            account="ministre",
            name="Ministre d’essai",
            office="Ministre de l’Essai et des Affaires qui portent un nom très long",
            from_ms=0,
            until_ms=None,
            source=LONG,
        ),
        by=guy,
    )
    ids |= _captured(open_one, anne)
    ids["medium"] = Evidence.objects.get(pk=ids["evidence"]).sha256
    found = {"finding": "out_of_context", "bases": ["earlier_copy", "place_and_time"]}
    find_of_medium(ids["medium"], **found, reason="La même image, en 2019, montre une autre ville.", by=anne)
    ids["opening"] = _asked_to_open(ids["evidence"], by=anne, approver=guy)
    look_at_batches(gives_way=lambda: False, tell=lambda _done: None)
    return {name: str(id_) for name, id_ in ids.items()}


def _in_force(by: Person) -> Declaration:
    return actions.declare(
        organisation=by.organisation,
        by=by,
        purpose="Suivre l’amplification autour de l’élection partielle d’essai, et dire qui l’entend.",
        legal_basis="Décret 1412-2026, article 3",
        responsible="Équipe de veille",
        retention_days=180,
        method="live",
        query="#laval, « rapport fuité »",
        sources=[
            Source(kind="site", place="exemple.ca", allows="yes", terms="La recherche est permise."),
            Source(kind="channel", place=LONG, allows="unknown"),
            Source(kind="site", place="x.com", allows="yes", terms="No surveillance or profiling."),
        ],
    )


def _declarations(by: Person) -> dict[str, object]:
    party = Answers(
        purpose="Comprendre si des comptes étrangers gonflent un parti d’essai.",
        legal_basis="Mandat 12",
        responsible="Équipe de veille",
        retention_days=30,
        subject="party",
        hypothesis="Des comptes créés hors du pays en une nuit.",
        sources=[Source(kind="hashtag", place="#parti")],
    )
    asked = actions.ask_declaration(party, organisation=by.organisation, by=by)
    bare = Answers(**{**vars(party), "hypothesis": ""})
    refused = actions.ask_declaration(bare, organisation=by.organisation, by=by)
    return {"asked": asked.pk, "refused": refused.pk}


def _begun(declaration: Declaration, by: Person, path: Path) -> Intake:
    return begin_intake(
        declaration=declaration,
        by=by,
        file_name=path.name,
        path=str(path),
        byte_count=path.stat().st_size,
        queued=False,
    )


def _taken(declaration: Declaration, by: Person, path: Path) -> Intake:
    return take_in_file(_begun(declaration, by, path), _Listener())


def _failed(declaration: Declaration, by: Person) -> Intake:
    from vigie.terms.errors import VigieError

    path = Home.here().spool / "sans_auteur.csv"
    path.write_text("quand,quoi\n2026-01-01,oui\n")
    begun = _begun(declaration, by, path)
    try:
        take_in_file(begun, _Listener())
    except VigieError:
        begun.refresh_from_db()
    return begun


def _source(declaration: Declaration, by: Person) -> LiveSource:
    address = "https://exemple.ca/fil.xml"
    return live.begin_source(declaration=declaration, kind="feed", name="Fil d’essai", address=address, by=by)


def _captured(declaration: Declaration, by: Person) -> dict[str, object]:
    host = Home.here().configuration.address.partition("://")[2]
    browser = Client(headers={"host": host})
    browser.force_login(by)
    session = browser.session
    session["session_key"] = by.session_key
    session.save()
    image = io.BytesIO()
    Image.effect_noise((120, 90), 60).convert("RGB").save(image, "PNG")
    said = {
        "declaration": str(declaration.pk), "platform": "wechat", "kind": "article", "address": LONG,
        "account_name": "Compte d’essai", "posted": "2026-01-02T09:00", "seen": "2026-01-02T10:00",
        "how": "screenshot", "body": f"Une nouvelle circule. {LONG}", "count-TOTAL_FORMS": "1",
        "count-INITIAL_FORMS": "0", "count-0-name": "views", "count-0-value": "1204",
    }  # fmt: skip
    files = [SimpleUploadedFile("é.png", image.getvalue()), SimpleUploadedFile("a.wacz", b"PK\x03\x04")]
    _sent(browser, "/fr/watch/captures/new", said | {"originals": files})
    capture = Capture.objects.get()
    again = {name: said[name] for name in said if name.startswith("count-")} | {"how": "eye"}
    again |= {"seen": "2026-01-05T10:00", "count-0-value": "88000"}
    _sent(browser, f"/fr/watch/captures/{capture.pk}/reading", again)
    return {"capture": capture.pk, "evidence": Evidence.objects.filter(media_type="image/png").get().pk}


def _asked_to_open(evidence: object, *, by: Person, approver: Person) -> object:
    """Ask to open an original, which somebody who can sign in could approve."""
    approver.set_password(token_urlsafe())
    approver.save()
    original = Evidence.objects.get(pk=evidence)
    return ask_opening(original, reason="Comparer l’image à celle d’une opération connue.", by=by).pk


def _sent(browser: Client, path: str, said: dict[str, object]) -> None:
    """Send a form, and do the work that it asks for."""
    answer = browser.post(path, said)
    assert (answer.status_code, "/watch/captures/" in answer.url) == (302, True), answer.url
    others = Job.objects.exclude(kind=CAPTURE).filter(state="queued")
    others.update(not_before_ms=2**62)
    while (job := leases.claim()) is not None:
        do(job)
