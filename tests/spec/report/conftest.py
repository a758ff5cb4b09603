"""Findings made up for the report's tests: groups of any size, every figure consistent enough to read."""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING

import pytest

from vigie.terms.cards import Measure, MethodCard, Source
from vigie.terms.findings import (
    Calibration,
    Edge,
    Findings,
    Group,
    Indicator,
    Lags,
    Layer,
    Member,
    SharedObject,
    Timeline,
)

if TYPE_CHECKING:
    from collections.abc import Callable

START_MS = 1_790_000_000_000  # 21 September 2026
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
TEXTS = (
    "Le débat de Laval ce soir : ce que personne n’ose dire du tramway et des écoles. Partagez vite !",
    "Everyone should read this before Thursday’s vote. Share it with ten people.",
    "ما لا يقوله أحد عن التصويت يوم الخميس",
    "选举前请大家看看这个",
)
STEMS = ("citoyenne_libre", "laval.actu", "nord_info", "VoixDuQuartier", "prairie_watch", "j.tremblay", "ᐃᓄᒃ")


def card() -> MethodCard:
    both = lambda en, fr: {"en": en, "fr": fr}  # noqa: E731 (a shorthand)
    return MethodCard(
        id="coaction/2",
        title=both("Accounts that act together", "Comptes qui agissent ensemble"),
        purpose=both(
            "Finds accounts that act on the same objects within moments of each other, again and again, more "
            "often than their activity and the objects’ popularity explain.",
            "Repère les comptes qui agissent sur les mêmes objets à quelques instants d’intervalle, "
            "plus souvent que leur activité et la popularité des objets ne l’expliquent.",
        ),
        inputs=both("Posts with an author and a time.", "Des publications avec un auteur et une heure."),
        steps=(
            both("Count the objects each pair has in common.", "Compter les objets communs à chaque paire."),
            both("Compare with what chance allows.", "Comparer avec ce que permet le hasard."),
            both("Group the pairs that remain.", "Regrouper les paires restantes."),
        ),
        parameters={
            "windows_ms": both("longest gaps between two acts", "écarts maximaux entre deux actes"),
            "fdr": both("false-discovery rate", "taux de fausses découvertes"),
        },
        measures=(
            Measure(
                data=both("Synthetic posts with decoys", "Publications synthétiques avec leurres"),
                measured="2026-09-01",
                figures=both("precision 0.98, recall 0.96", "précision 0,98, rappel 0,96"),
            ),
        ),
        failures=(
            both("Newsrooms that publish together.", "Rédactions qui publient ensemble."),
            both("Groups that act slowly and seldom.", "Groupes lents et peu actifs."),
        ),
        never_claims=(both("That an account is automated.", "Qu’un compte soit automatisé."),),
        sources=(Source(title="Giglietto et al. 2020", url="https://doi.org/10.1080/1369118X.2020.1739732"),),
    )


def group(
    number: int = 1,
    size: int = 24,
    *,
    behaviours: tuple[str, ...] = ("share",),
    objects: int = 31,
    seed: int = 7,
) -> Group:
    """Return a group whose pairs are tied the closer the nearer they stand in two sub-groups."""
    chance = Random(seed + number)  # noqa: S311 (made-up data, the same each time)
    names = sorted({f"{STEMS[at % len(STEMS)]}{chance.randint(10, 9999)}_{at}" for at in range(size)})
    edges = tuple(
        Edge(
            account_a=a,
            account_b=b,
            object_count=chance.randint(2, max(2, objects)),
            surprise=chance.uniform(8, 60),
            behaviours=behaviours,
        )
        for at, a in enumerate(names)
        for to, b in enumerate(names)
        if at < to and (size < 4 or chance.random() < (0.7 if at % 3 == to % 3 else 0.08))
    )
    degree = {name: sum(name in (e.account_a, e.account_b) for e in edges) for name in names}
    members = tuple(
        Member(
            account=name,
            partner_count=degree[name],
            object_count=chance.randint(2, max(2, objects)),
            action_count=chance.randint(20, 900),
            known_as="Journal de Laval" if number == 2 and at == 0 else None,
        )
        for at, name in enumerate(names)
    )
    return Group(
        group=number,
        members=members,
        edges=edges,
        layers=tuple(
            Layer(
                behaviour=kind,
                window_ms=window,
                pair_count=max(1, len(edges) - 3 * at),
                observed=len(edges) * 9,
                expected=0.4 * (at + 1),
                surprise_min=7.2,
                surprise_median=31.5 - at,
                gap_ms_quantiles=(2_000, 12_000, 48_000),
            )
            for kind in behaviours
            for at, window in enumerate((60_000, 600_000))
        ),
        objects=tuple(_object(at, names, behaviours, chance) for at in range(min(objects, 50))),
        object_count=objects,
        timeline=_timeline(chance),
        lags=_lags(),
        q_value=0.0004 * number,
        indicators=_indicators(),
    )


def _object(at: int, names: list[str], behaviours: tuple[str, ...], chance: Random) -> SharedObject:
    kind = behaviours[at % len(behaviours)]
    what = {
        "share": f"twitter:17{chance.randint(10**15, 10**16)}",
        "link": f"https://exemple-nouvelles.ca/2026/09/{at}/le-tramway-de-laval-ce-que-personne-ne-dit?utm_source=x",
    }.get(kind, TEXTS[at % len(TEXTS)])
    acting = chance.sample(names, k=max(2, int(len(names) * 0.8)))
    first = START_MS + at * 7 * HOUR + chance.randint(0, HOUR)
    times = sorted(int(chance.expovariate(1 / 15_000)) for _ in acting)
    return SharedObject(
        behaviour=kind,
        object=what,
        account_count=len(acting),
        actor_count=len(acting) + chance.randint(0, 12),
        first_ms=first,
        span_ms=times[-1] - times[0],
        acts=tuple((first + late, name) for late, name in zip(times, acting, strict=True)),
    )


def _timeline(chance: Random) -> Timeline:
    expected = tuple(0.6 + 0.5 * math.sin(at / 4) for at in range(56))
    return Timeline(
        start_ms=START_MS,
        bin_ms=3 * HOUR,
        observed=tuple(
            chance.randint(20, 120) if at in {9, 10, 25, 26, 41} else chance.randint(0, 2) for at in range(56)
        ),
        expected=expected,
        low=tuple(0.0 for _ in expected),
        high=tuple(math.ceil(mid + 2.5) for mid in expected),
    )


def _lags() -> Lags:
    edges = (0, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)
    return Lags(
        edges_ms=tuple(1000 * edge for edge in edges),
        members=(40, 60, 210, 320, 260, 90, 40, 20, 8, 6, 4, 2),
        others=(0, 1, 1, 3, 6, 9, 20, 44, 90, 160, 420, 610),
    )


def _indicators() -> tuple[Indicator, ...]:
    return (
        Indicator(
            code="night",
            leaning="coordinated",
            sentence="{share} of the acts fall between {start} and {end}.",
            facts={"share": 0.62, "start": "02:00", "end": "05:00"},
        ),
        Indicator(
            code="outlets",
            leaning="open",
            sentence="{number} of the members stand on the list of openly coordinated accounts.",
            facts={"number": 1},
        ),
    )


def findings(*groups: Group) -> Findings:
    """Return a run that found `groups`."""
    return Findings(
        card=card(),
        manifest={
            "method": "coaction/2",
            "version": "0.1.0",
            "seed": 7,
            "parameters": {"windows_ms": [60_000, 600_000], "fdr": 0.01},
            "inputs": [{"name": "posts.parquet", "sha256": "9f2c" * 16}],
        },
        post_count=182_340,
        account_count=12_871,
        start_ms=START_MS,
        end_ms=START_MS + 7 * DAY,
        rejected_count=42,
        calibrations=(
            Calibration(
                behaviour="share",
                window_ms=60_000,
                action_count=91_204,
                account_count=8_120,
                object_count=17_004,
                pair_count=2_310,
                threshold=6.84,
                expected_by_chance=9.35,
                significant_count=1_150,
            ),
            Calibration(
                behaviour="text",
                window_ms=600_000,
                action_count=1_204,
                account_count=310,
                object_count=211,
                pair_count=14,
                threshold=None,
                expected_by_chance=0.2,
                significant_count=0,
            ),
        ),
        groups=groups,
    )


@pytest.fixture(scope="session")
def make_group() -> Callable[..., Group]:
    return group


@pytest.fixture(scope="session")
def make_findings() -> Callable[..., Findings]:
    return findings


@pytest.fixture(scope="session")
def realistic() -> Findings:
    """Three groups: 24 accounts on shared posts, 13 on links and texts, 120 on texts."""
    return findings(
        group(1, 24),
        group(2, 13, behaviours=("link", "text"), objects=18),
        group(3, 120, behaviours=("text",), objects=46),
    )
