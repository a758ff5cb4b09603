"""Signals of methods other than co-action, kept through the node's own actions: for tests of pages and API.

`notice(declaration)` lets a run of one method notice things about a few subjects. The same arguments give the
same signals, ids apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.terms.findings import Indicator, Timeline
from vigie.terms.languages import say
from vigie.terms.signals import Column, Exhibit, Signal
from vigie_node.alerts import actions
from vigie_node.alerts.findings import Cited, Drawn
from vigie_node.alerts.noticed import Noticed, Seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vigie_node.alerts.models import Run
    from vigie_node.sources.models import Declaration

NOW_MS = 1_790_042_400_000
HOUR_MS = 3_600_000
METHOD = "pileon"
SENTENCE = say(
    "{accounts} accounts that have too much in common were among {repliers} that answered {target} within "
    "six hours: {replies} replies, where {expected} would be usual."
)
CARD = {
    "id": "pileon/1",
    "title": {
        "en": "Pile-on: a crowd that answers one person",
        "fr": "Meute : une foule qui répond à une personne",
    },
    "purpose": {
        "en": "Find crowds that answer one person.",
        "fr": "Trouver les foules qui répondent à une personne.",
    },
    "inputs": {"en": "Replies.", "fr": "Des réponses."},
    "steps": [{"en": "Count replies.", "fr": "Compter les réponses."}],
    "parameters": {"replies_min": {"en": "Fewest replies.", "fr": "Nombre minimal de réponses."}},
    "measures": [],
    "failures": [
        {"en": "A debate brings many strangers at once.", "fr": "Un débat amène beaucoup d’inconnus."}
    ],
    "never_claims": [{"en": "Who arranged it, if anybody.", "fr": "Qui l’a arrangé, s’il y a lieu."}],
    "sources": [],
    "false_alarms": None,
}
TRAITS = (say("near-identical words"), say("accounts of one week"), say("many targets"))


def signal(number: int, *, posts: Sequence[str] = (), hostile: str = "", replies: int = 164) -> Signal:
    """Return what is noticed about one subject."""
    bins = 24
    seen = tuple(int(at == 15) * replies + at % 3 for at in range(bins))
    return Signal(
        method="pileon/1",
        kind="pile_on",
        subject_kind="person",
        subject=f"target{number}{hostile}",
        sentence=SENTENCE,
        facts={
            "accounts": 19,
            "repliers": 83,
            "target": f"target{number}{hostile}",
            "replies": replies,
            "expected": 7.75,
        },
        start_ms=NOW_MS - 30 * HOUR_MS,
        end_ms=NOW_MS - 24 * HOUR_MS,
        weight=float(100 - number),
        q_value=0.004,
        indicators=(
            Indicator(
                code="debate",
                leaning="organic",
                sentence=say("A debate was on: {part_share} of all posts named it."),
                facts={"part_share": 0.21},
            ),
            Indicator(
                code="same_words",
                leaning="coordinated",
                sentence=say("What they share most: {trait}."),
                facts={"trait": TRAITS[0]},
            ),
        ),
        accounts=tuple(f"{number:02}account{at:07}" for at in range(19)),
        account_count=19,
        posts=tuple(posts),
        post_count=replies,
        timeline=Timeline(
            start_ms=NOW_MS - 72 * HOUR_MS,
            bin_ms=3 * HOUR_MS,
            observed=seen,
            expected=tuple(1.0 for _ in seen),
            low=tuple(0.0 for _ in seen),
            high=tuple(3.5 for _ in seen),
        ),
        exhibits=(
            Exhibit(
                title=say("What the accounts have in common"),
                columns=(
                    Column(name="trait", title=say("Trait")),
                    Column(name="accounts", title=say("Accounts"), holds="number"),
                    Column(name="part", title=say("Part of the crowd"), holds="share"),
                    Column(name="usual", title=say("Usual part"), holds="share"),
                ),
                rows=tuple((trait, 19 - at, 0.9 - at / 10, None) for at, trait in enumerate(TRAITS)),
                row_count=3,
            ),
            Exhibit(
                title=say("Replies, the most alike first"),
                columns=(
                    Column(name="post", title=say("Post"), holds="post"),
                    Column(name="account", title=say("Account"), holds="account"),
                    Column(name="at", title=say("Time"), holds="time"),
                    Column(name="words", title=say("Words")),
                ),
                rows=tuple(
                    (
                        post,
                        f"{number:02}account{at:07}",
                        NOW_MS - 30 * HOUR_MS,
                        f"Quelle honte, encore{hostile}",
                    )
                    for at, post in enumerate([*posts, "not-held"])
                ),
                row_count=400,
            ),
        ),
    )


def seen(one: Signal, batch: str, *, body: str = "Quelle honte, encore une fois !") -> Seen:
    """Return a signal with its posts, all of which one batch holds."""
    return Seen(
        signal=one,
        pictures=tuple(
            Drawn(name=name, language=language, svg=SVG, spec=None)
            for name in ("timeline", "timeline_narrow")
            for language in ("en", "fr")
        ),
        posts=tuple(
            Cited(
                batch=batch,
                post_id=post,
                account=one.accounts[at % len(one.accounts)],
                platform="bluesky",
                created_ms=NOW_MS - 30 * HOUR_MS + at * 60_000,
                deleted_ms=None,
                lang="fr",
                body=f"{body} {at}",
                links=(),
                behaviours=(),
                object_numbers=(),
            )
            for at, post in enumerate(one.posts)
        ),
        batch_of=dict.fromkeys(one.posts, batch),
    )


def noticed(*found: Seen) -> Noticed:
    """Return what a run noticed."""
    return Noticed(
        card=CARD,
        manifest={"method": "pileon/1", "seed": 1, "parameters": {"replies_min": 20}},
        post_count=20_000,
        account_count=3_000,
        start_ms=NOW_MS - 72 * HOUR_MS,
        end_ms=NOW_MS,
        seen=found,
        left_out_count=2,
        false_alarms_expected=1.4,
        notes=[
            {"sentence": say("Too short a history to judge: {series} series."), "facts": {"series": 3}},
        ],
    )


def notice(
    declaration: Declaration, *, subjects: int = 1, posts: int = 7, hostile: str = "", replies: int = 164
) -> Run:
    """Let a run of pile-on notice as many subjects, each with posts, and keep it."""
    run = actions.start_run(actions.begin_run(declaration, by=None, method=METHOD).id)
    assert run is not None
    batch = run.batches.order_by("stored_ms", "id").first()
    assert batch is not None
    found = [
        seen(
            signal(
                number, posts=[f"p{number}-{at}" for at in range(posts)], hostile=hostile, replies=replies
            ),
            batch.sha256,
        )
        for number in range(1, subjects + 1)
    ]
    return actions.keep_noticed(run.id, noticed(*found))


SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 240" width="640" height="240">'
    "<title>timeline</title></svg>"
)
