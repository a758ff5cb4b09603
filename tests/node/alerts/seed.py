"""Rows a node would hold after some weeks of work, made through the models: for tests and benchmarks.

`fill(organisation, people=[…])` makes a declaration, intakes, batches, runs and alerts with evidence of the
true shapes (`vigie.terms.findings.Group` as plain values). The same arguments give the same rows, ids apart.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from math import cos, exp, pi, sin
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid5

from vigie.terms.findings import Edge, Group, Indicator, Lags, Layer, Member, SharedObject, Timeline
from vigie_node.alerts.findings import columns_of
from vigie_node.alerts.models import (
    Alert,
    CitedPost,
    Evidence,
    Picture,
    Review,
    Run,
    Signal,
    SignalMember,
)
from vigie_node.ids import new_id
from vigie_node.sources.models import Batch, Declaration, Intake, Project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vigie_node.people.models import Organisation, Person

NOW_MS = 1_790_042_400_000  # 21 September 2026, 22:00 in Laval
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000


@dataclass(frozen=True, kw_only=True)
class Story:
    """What one group does, in one language."""

    behaviours: tuple[str, ...]
    lang: str
    things: tuple[str, ...]
    bodies: tuple[str, ...]
    size: int
    known_as: str = ""


STORIES = (
    Story(
        behaviours=("text", "link"),
        lang="fr",
        size=31,
        things=(
            "Le débat de Laval ce soir : ce que personne n’ose dire du tramway et des écoles. Partagez !",
            "https://laval-verites.example/2026/09/tramway-ce-quon-vous-cache",
            "Ils ont déjà choisi le tracé du tramway. Le vote de jeudi n’est qu’un théâtre.",
            "https://laval-verites.example/2026/09/ecoles-fermees",
        ),
        bodies=(
            "Le débat de Laval ce soir : ce que personne n’ose dire du tramway et des écoles. Partagez !",
            "Ils ont déjà choisi le tracé du tramway. Le vote de jeudi n’est qu’un théâtre.",
        ),
    ),
    Story(
        behaviours=("reply", "text"),
        lang="pa",
        size=40,
        things=(
            "bluesky:3lx7candidate01",
            "ਇਸ ਉਮੀਦਵਾਰ ਨੂੰ ਵੋਟ ਨਾ ਦਿਓ, ਸੱਚ ਜਾਣੋ",
            "bluesky:3lx7candidate02",
            "Everyone in Brampton should see what she said about the temple.",
        ),
        bodies=(
            "ਇਸ ਉਮੀਦਵਾਰ ਨੂੰ ਵੋਟ ਨਾ ਦਿਓ, ਸੱਚ ਜਾਣੋ",
            "Everyone in Brampton should see what she said about the temple.",
        ),
    ),
    Story(
        behaviours=("hashtags",),
        lang="en",
        size=14,
        things=("#water #boilnotice #northshore", "#northshore #water #theyknew", "#boilnotice #now"),
        bodies=(
            "They knew about the water since June. #water #boilnotice #northshore",
            "Do not drink it. #northshore #water #theyknew",
        ),
    ),
    Story(
        behaviours=("link",),
        lang="fr",
        size=9,
        known_as="Rédaction du Courrier",
        things=(
            "https://courrier-rivenord.example/debat-laval-direct",
            "https://courrier-rivenord.example/resultats-partiels",
        ),
        bodies=("En direct : le débat de Laval. https://courrier-rivenord.example/debat-laval-direct",),
    ),
    Story(
        behaviours=("repost",),
        lang="ar",
        size=18,
        things=("bluesky:3lx9vote01", "bluesky:3lx9vote02", "bluesky:3lx9vote03"),
        bodies=("ما لا يقوله أحد عن التصويت يوم الخميس",),
    ),
)

CARD: dict[str, Any] = {
    "id": "coaction/2",
    "title": {
        "en": "Co-action: accounts that act on the same things close in time",
        "fr": "Coaction : des comptes qui agissent sur les mêmes objets, presque en même temps",
    },
    "purpose": {
        "en": "Find groups of accounts that act together more often than chance would bring about.",
        "fr": "Trouver des groupes de comptes qui agissent ensemble plus souvent que par hasard.",
    },
    "inputs": {"en": "Who acted on what, and when.", "fr": "Qui a agi sur quoi, et quand."},
    "steps": [
        {
            "en": "Count, exactly, the distinct objects on which two accounts act within the window.",
            "fr": "Compter, exactement, les objets distincts sur lesquels deux comptes agissent.",
        },
        {
            "en": "Compute how many they would have in common by chance.",
            "fr": "Calculer combien d’objets ils auraient en commun par hasard.",
        },
    ],
    "parameters": {
        "windows_ms": {"en": "Longest times between two acts.", "fr": "Plus longs délais entre deux actes."},
        "fdr": {
            "en": "Largest part of false pairs among those kept.",
            "fr": "Part maximale de fausses paires parmi celles qui sont retenues.",
        },
    },
    "measures": [
        {
            "data": {
                "en": "500,000 synthetic acts with decoys",
                "fr": "500 000 actes synthétiques avec leurres",
            },
            "measured": "2026-11-22",
            "figures": {"en": "precision 0.991, recall 0.966", "fr": "précision 0,991, rappel 0,966"},
        }
    ],
    "failures": [
        {
            "en": "Colleagues of one newsroom who openly share the same things are found too.",
            "fr": "Les collègues d’une même rédaction qui partagent ouvertement sont trouvés aussi.",
        }
    ],
    "never_claims": [
        {
            "en": "That an account is automated, false or foreign.",
            "fr": "Qu’un compte est automatisé, faux ou étranger.",
        }
    ],
    "sources": [
        {
            "title": "Giglietto et al. 2020, It takes a village to manipulate the media",
            "url": "https://doi.org/10.1080/1369118X.2020.1739732",
        }
    ],
}


@dataclass(frozen=True, kw_only=True)
class Filled:
    """What was made, so that a test can speak of it."""

    declaration: Declaration
    batches: list[Batch]
    runs: list[Run]
    alerts: list[Alert]


@dataclass(kw_only=True)
class _Pile:
    """Rows waiting to be written in bulk."""

    alerts: list[Alert] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    members: list[SignalMember] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    posts: list[CitedPost] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)

    def write(self) -> None:
        """Write everything, an alert before its signals."""
        Alert.objects.bulk_create(self.alerts, batch_size=500)
        Signal.objects.bulk_create(self.signals, batch_size=500)
        for alert, signal in zip(self.alerts, self.signals, strict=True):
            alert.latest = signal
        Alert.objects.bulk_update(self.alerts, ["latest"], batch_size=500)
        SignalMember.objects.bulk_create(self.members, batch_size=1_000)
        Evidence.objects.bulk_create(self.evidence, batch_size=50)
        Picture.objects.bulk_create(self.pictures, batch_size=200)
        CitedPost.objects.bulk_create(self.posts, batch_size=1_000)
        Review.objects.bulk_create(self.reviews, batch_size=1_000)
        for each in vars(self).values():
            each.clear()


def fill(
    organisation: Organisation,
    *,
    people: Sequence[Person] = (),
    alert_count: int = 5,
    full_count: int | None = None,
    batch_count: int = 4,
    post_count: int = 180_000,
    now_ms: int = NOW_MS,
    statuses: Sequence[str] = ("new", "in_review", "new", "dismissed", "confirmed"),
    project: str = "Partielle de Laval",
    hostile: str = "",
    seed: int = 7,
) -> Filled:
    """Fill an organisation with rows.

    Args:
        organisation: whose rows they are.
        people: who gave the verdicts that the statuses ask for; two where any is confirmed or disputed.
        alert_count: how many alerts, one signal each.
        full_count: how many of them, the newest, have all their evidence; the others but the least.
        batch_count: how many batches came in.
        post_count: how many posts they hold together.
        now_ms: the moment the rows lead up to.
        statuses: given to the alerts in turn.
        project: the name of the project that the declaration belongs to.
        hostile: text put wherever the data may hold text from outside.
        seed: of the made-up figures.
    """
    chance = Random(seed)  # noqa: S311 (made-up data, the same each time)
    declaration = _declaration(organisation, project, now_ms)
    batches = _came_in(declaration, batch_count, post_count, now_ms)
    runs = _runs(declaration, batches, people, post_count, now_ms)
    pile, alerts = _Pile(), []
    full = alert_count if full_count is None else full_count
    for at in range(alert_count):
        number = alert_count - at  # the newest has the highest number
        status = statuses[at % len(statuses)]
        story = STORIES[at % len(STORIES)]
        opened_ms = now_ms - 40 * MINUTE - at * (45 * DAY // max(alert_count, 45))
        alert = _alert(
            declaration,
            runs[-1],
            number,
            status,
            story,
            opened_ms,
            chance,
            pile,
            hostile=hostile,
            full=at < full,
        )
        _reviews(alert, people, pile)
        alerts.append(alert)
        if len(pile.alerts) >= 500:
            pile.write()
    pile.write()
    return Filled(declaration=declaration, batches=batches, runs=runs, alerts=alerts)


def _declaration(organisation: Organisation, name: str, now_ms: int) -> Declaration:
    project = Project.objects.create(organisation=organisation, name=name, created_ms=now_ms - 46 * DAY)
    return Declaration.objects.create(
        organisation=organisation,
        project=project,
        state=Declaration.State.IN_FORCE,
        purpose="Suivre les amplifications coordonnées autour de l’élection partielle de Laval",
        legal_basis="Mandat d’intégrité de l’information, décret 1412-2026",
        responsible="Direction de la veille",
        retention_days=730,
        created_ms=now_ms - 46 * DAY,
    )


def _came_in(declaration: Declaration, count: int, posts: int, now_ms: int) -> list[Batch]:
    intakes, batches = [], []
    for at in range(count):
        when = now_ms - (count - at) * (45 * DAY // max(count, 45)) + 3 * HOUR
        rows = posts // count + (at * 37) % 23
        intake = Intake(
            organisation_id=declaration.organisation_id,
            declaration=declaration,
            file_name=f"bluesky-{at + 1:04d}.ndjson",
            path="",
            file_sha256=_hash(declaration.id, "file", at),
            byte_count=rows * 640,
            layout="bluesky",
            format="ndjson",
            state=Intake.State.DONE,
            read_count=rows + 12,
            new_count=rows,
            held_count=0,
            rejected_count=12,
            created_ms=when - 5 * MINUTE,
            finished_ms=when,
        )
        intakes.append(intake)
        batches.append(
            Batch(
                organisation_id=declaration.organisation_id,
                declaration=declaration,
                intake=intake,
                sha256=_hash(declaration.id, "batch", at),
                row_count=rows,
                byte_count=rows * 96,
                start_ms=when - DAY,
                end_ms=when - 10 * MINUTE,
                stored_ms=when,
                erase_by_ms=when + declaration.retention_days * DAY,
            )
        )
    Intake.objects.bulk_create(intakes, batch_size=500)
    return Batch.objects.bulk_create(batches, batch_size=500)


def _runs(
    declaration: Declaration, batches: list[Batch], people: Sequence[Person], posts: int, now_ms: int
) -> list[Run]:
    made = []
    for at, state in enumerate(("done", "failed", "done")):
        when = now_ms - (3 - at) * HOUR
        run = Run.objects.create(
            organisation_id=declaration.organisation_id,
            declaration=declaration,
            method="coaction/2",
            parameters={
                "windows_ms": [60_000, 600_000],
                "objects_min": 2,
                "fdr": 0.01,
                "permutations": 0,
                "behaviours": ["text", "link", "reply", "hashtags", "repost"],
                "seed": 1,
            },
            fingerprint=_hash(declaration.id, "run", at),
            manifest={
                "method": "coaction/2",
                "seed": 20260921,
                "code_version": "0.1.0",
                "inputs": [{"batch": str(batch.id), "sha256": batch.sha256} for batch in batches[-3:]],
            },
            card=CARD,
            calibrations=CALIBRATIONS if state == "done" else [],
            state=state,
            by=people[0] if people and at == 0 else None,
            post_count=posts if state == "done" else 0,
            account_count=posts // 9 if state == "done" else 0,
            group_count=3 if state == "done" else 0,
            start_ms=batches[0].start_ms,
            end_ms=batches[-1].end_ms,
            error_code="job.lost" if state == "failed" else "",
            created_ms=when,
            finished_ms=when + 4 * MINUTE,
        )
        run.batches.set(batches[-200:])
        made.append(run)
    return made


CALIBRATIONS = [
    {
        "behaviour": behaviour,
        "window_ms": window_ms,
        "action_count": 41_200 - at * 7_300,
        "account_count": 9_120 - at * 1_210,
        "object_count": 12_480 - at * 2_110,
        "pair_count": 88_310 - at * 12_640,
        "threshold": None if at == 3 else 7.42 - at / 3,
        "expected_by_chance": 0.0 if at == 3 else 0.8 + at / 5,
        "significant_count": 0 if at == 3 else 214 - 40 * at,
    }
    for at, (behaviour, window_ms) in enumerate(
        (("text", 60_000), ("link", 60_000), ("reply", 60_000), ("hashtags", 600_000))
    )
]


def _alert(
    declaration: Declaration,
    run: Run,
    number: int,
    status: str,
    story: Story,
    opened_ms: int,
    chance: Random,
    pile: _Pile,
    *,
    hostile: str,
    full: bool,
) -> Alert:
    found = group(story, number, opened_ms - 8 * HOUR, chance, hostile=hostile, full=full)
    counts = {
        "account_count": len(found.members) if full else story.size,
        "object_count": found.object_count,
        "first_ms": min(item.first_ms for item in found.objects),
        "last_ms": max(item.first_ms + item.span_ms for item in found.objects),
    }
    layer = found.layers[0]
    alert = Alert(
        organisation_id=declaration.organisation_id,
        declaration=declaration,
        number=number,
        status=status,
        signal_count=1,
        behaviour=layer.behaviour,
        window_ms=layer.window_ms,
        reviewed_ms=None if status == "new" else opened_ms + 18 * MINUTE,
        opened_ms=opened_ms,
        changed_ms=opened_ms,
        **counts,
    )
    signal = Signal(
        id=uuid5(NAMESPACE_URL, f"{run.id}/{number}"),
        organisation_id=declaration.organisation_id,
        run=run,
        alert=alert,
        group=number,
        behaviour=layer.behaviour,
        behaviours=list(story.behaviours),
        window_ms=layer.window_ms,
        pair_count=layer.pair_count,
        observed=layer.observed,
        expected=layer.expected,
        q_value=found.q_value,
        sparkline=list(found.timeline.observed)[:40],
        created_ms=opened_ms,
        **counts,
    )
    pile.alerts.append(alert)
    pile.signals.append(signal)
    originals = {
        item.object: {
            "body": f"La candidate répond aux questions du public, en direct. {hostile}".strip(),
            "lang": "fr",
            "platform": "bluesky",
            "account": _hash("candidate")[:26],
            "created_ms": item.first_ms - HOUR,
        }
        for item in found.objects
        if item.behaviour in {"reply", "repost"}
    }
    pile.evidence.append(
        Evidence(signal=signal, **columns_of(plain(found)), network=network(found), originals=originals)
    )
    pile.members.extend(
        SignalMember(
            signal=signal,
            account=member.account,
            partner_count=member.partner_count,
            object_count=member.object_count,
            action_count=member.action_count,
            known_as=member.known_as or "",
        )
        for member in found.members
    )
    if full:
        pile.pictures.extend(
            Picture(
                signal=signal,
                name=name,
                language=language,
                svg=_svg(name, language, found),
                spec=SPECS.get(name),
            )
            for name in PICTURES
            for language in ("en", "fr")
        )
        pile.posts.extend(_posts(signal, run, story, found, hostile))
    return alert


def _reviews(alert: Alert, people: Sequence[Person], pile: _Pile) -> None:
    given = {
        "in_review": ("confirm",),
        "disputed": ("confirm", "dismiss"),
        "confirmed": ("confirm", "confirm"),
        "dismissed": ("dismiss",),
    }.get(alert.status, ())
    for at, (person, verdict) in enumerate(zip(people, given, strict=False)):
        reason = (
            "Les mêmes textes, à quelques secondes près, sans lien visible entre les comptes."
            if verdict == "confirm"
            else "Rédaction connue : ses journalistes partagent leurs propres articles."
        )
        at_ms = alert.opened_ms + (at + 1) * 9 * MINUTE
        pile.reviews.append(Review(alert=alert, by=person, verdict=verdict, reason=reason, at_ms=at_ms))


def group(
    story: Story, number: int, start_ms: int, chance: Random, *, hostile: str = "", full: bool = True
) -> Group:
    """Return a finding: a tight core, a looser rim, objects that most of them touch within seconds."""
    size = story.size if full else 3
    names = sorted(_hash(number, at)[:26] for at in range(size))
    edges = tuple(
        Edge(
            account_a=a,
            account_b=b,
            object_count=chance.randint(2, 9),
            surprise=round(chance.uniform(8, 60), 2),
            behaviours=story.behaviours,
        )
        for at, a in enumerate(names)
        for to, b in enumerate(names)
        if at < to and (size < 4 or chance.random() < (0.5 if to < size // 2 else 0.16))
    )
    members = tuple(
        Member(
            account=name,
            partner_count=sum(name in (edge.account_a, edge.account_b) for edge in edges),
            object_count=chance.randint(2, 14),
            action_count=chance.randint(20, 900),
            known_as=hostile or story.known_as or None if at < 3 else None,
        )
        for at, name in enumerate(names)
    )
    objects = tuple(
        _object(story, at, names, start_ms + at * 47 * MINUTE, chance, hostile)
        for at in range(14 if full else 2)
    )
    bins = 40 if full else 3
    return Group(
        group=number,
        members=members,
        edges=edges,
        layers=tuple(
            Layer(
                behaviour=behaviour,
                window_ms=window_ms,
                pair_count=max(3, len(edges) - 20 * at),
                observed=max(3, len(edges) - 20 * at) * 4,
                expected=round(0.3 + 0.2 * at, 2),
                surprise_min=7.4,
                surprise_median=31.5 - at,
                gap_ms_quantiles=(3_000, 14_000, 48_000),
            )
            for at, behaviour in enumerate(story.behaviours)
            for window_ms in (60_000, 600_000)
        ),
        objects=objects,
        object_count=len(objects) + number % 30,
        timeline=_timeline(start_ms, bins, chance),
        lags=Lags(
            edges_ms=(0, 1_000, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000),
            members=(31, 88, 74, 41, 12, 9, 3),
            others=(2, 6, 9, 18, 31, 52, 77),
        ),
        q_value=round(0.0004 + number % 7 / 4_000, 5),
        indicators=INDICATORS,
    )


def _object(
    story: Story, at: int, names: list[str], start_ms: int, chance: Random, hostile: str
) -> SharedObject:
    acting = chance.sample(names, k=max(2, int(len(names) * chance.uniform(0.4, 0.9))))
    delays = sorted(int(chance.expovariate(1 / 14_000)) for _ in acting)
    first = start_ms + chance.randint(0, 20 * MINUTE)
    thing = story.things[at % len(story.things)]
    return SharedObject(
        behaviour=_behaviour_of(thing, story),
        object=f"{thing} {hostile}" if hostile else thing,
        account_count=len(acting),
        actor_count=len(acting) + chance.randint(0, 12),
        first_ms=first + delays[0],
        span_ms=delays[-1] - delays[0],
        acts=tuple((first + delay, who) for delay, who in zip(delays, acting, strict=True)),
    )


def _behaviour_of(thing: str, story: Story) -> str:
    if thing.startswith("https://"):
        return "link"
    if thing.startswith("#"):
        return "hashtags"
    if thing.startswith("bluesky:"):
        return "reply" if "reply" in story.behaviours else "repost"
    return "text"


def _timeline(start_ms: int, bins: int, chance: Random) -> Timeline:
    peak = bins * 0.55
    expected = tuple(round(1.2 + 0.8 * sin(at / 7), 2) for at in range(bins))
    return Timeline(
        start_ms=start_ms,
        bin_ms=15 * MINUTE,
        observed=tuple(
            int(chance.random() < 0.6) + round(34 * exp(-(((at - peak) / 2.6) ** 2))) for at in range(bins)
        ),
        expected=expected,
        low=tuple(0.0 for _ in expected),
        high=tuple(round(mid + 2.8, 2) for mid in expected),
    )


INDICATORS = (
    Indicator(
        code="one_origin",
        leaning="open",
        sentence=(
            "{part_share} of the common objects come from one source, {origin}: supporters, colleagues "
            "or subscribers of one source act like this too."
        ),
        facts={"part_share": 0.62, "origin": "laval-verites.example"},
    ),
    Indicator(
        code="rests",
        leaning="organic",
        sentence=(
            "Each account rests: the quietest six hours of its day typically hold {part_share} of its "
            "acts ({number_count} accounts with enough acts)."
        ),
        facts={"part_share": 0.03, "number_count": 22},
    ),
    Indicator(
        code="few_others",
        leaning="coordinated",
        sentence="Few others cared: {part_share} of all acts on the common objects are the group’s own.",
        facts={"part_share": 0.81},
    ),
    Indicator(
        code="closer_in_time",
        leaning="coordinated",
        sentence=(
            "On the common objects a member typically follows another after {gap_ms}; for everyone else "
            "on the same objects it is {other_gap_ms}."
        ),
        facts={"gap_ms": 14_000.0, "other_gap_ms": 1_380_000.0},
    ),
)


def _posts(signal: Signal, run: Run, story: Story, found: Group, hostile: str) -> list[CitedPost]:
    batch = run.batches.order_by("-stored_ms").first()
    acts = sorted(
        (at_ms, who, number) for number, item in enumerate(found.objects, start=1) for at_ms, who in item.acts
    )
    return [
        CitedPost(
            signal=signal,
            position=position,
            batch=batch,
            post_id=f"bluesky:{_hash(signal.id, position)[:26]}",
            account=who,
            platform="bluesky",
            created_ms=at_ms,
            lang=story.lang,
            body=f"{story.bodies[position % len(story.bodies)]} {hostile}".strip(),
            links=_links(found.objects[number - 1], hostile),
            behaviours=[found.objects[number - 1].behaviour],
            object_numbers=[number],
        )
        for position, (at_ms, who, number) in enumerate(acts, start=1)
    ]


def _links(item: SharedObject, hostile: str) -> list[str]:
    return [item.object] if item.behaviour == "link" else [hostile] if hostile else []


def plain(found: Group) -> dict[str, Any]:
    """Return a finding as the JSON that a row keeps: lists for tuples."""
    return {**_listed(asdict(found)), "edge_count": len(found.edges)}


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _listed(inner) for name, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_listed(inner) for inner in value]
    return value


def network(found: Group) -> dict[str, Any]:
    """Return where the accounts stand: a core within a ring, each a community."""
    count = len(found.members)
    index = {member.account: at for at, member in enumerate(found.members)}
    most = max((member.action_count for member in found.members), default=1)
    return {
        "nodes": [_node(at, count, member, most) for at, member in enumerate(found.members)],
        "edges": [
            [index[edge.account_a], index[edge.account_b], edge.surprise, edge.object_count]
            for edge in found.edges
        ],
        "communities": [
            {"number": 1, "account_count": count // 2, "hull": [[-0.5, -0.5], [0.5, -0.5], [0, 0.5]]},
            {"number": 2, "account_count": count - count // 2, "hull": [[-1, -1], [1, -1], [1, 1], [-1, 1]]},
        ],
        "node_count": count,
        "edge_count": len(found.edges),
        "background": [{"x": 0.98 * cos(at), "y": 0.98 * sin(at), "object_count": 1} for at in range(12)],
        "background_count": 214,
    }


def _node(at: int, count: int, member: Member, most: int) -> dict[str, Any]:
    core = at < count // 2
    angle = 2 * pi * at / max(count, 1) * (2 if core else 1)
    reach = 0.45 if core else 0.95
    return {
        "account": member.account,
        "x": round(reach * cos(angle), 4),
        "y": round(reach * sin(angle), 4),
        "size": round(member.action_count / most, 3),
        "community": 1 if core else 2,
        "known_as": member.known_as,
        "partner_count": member.partner_count,
        "object_count": member.object_count,
        "action_count": member.action_count,
    }


PICTURES = ("network", "timeline", "timeline_narrow", "lags", "lags_narrow", "strip", "strip_narrow")
SPECS: dict[str, dict[str, Any]] = {
    name: {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": [{"at": 1, "n": 2}, {"at": 2, "n": 5}]},
        "mark": {"type": "bar", "color": "#33465c"},
        "encoding": {"x": {"field": "at", "type": "ordinal"}, "y": {"field": "n", "type": "quantitative"}},
    }
    for name in ("timeline", "lags")
}


def _svg(name: str, language: str, found: Group) -> str:
    """Return a stand-in for the worker's picture: bars of the timeline, with its name."""
    most = max(found.timeline.observed) or 1
    bars = "".join(
        f'<rect x="{20 + at * 15}" y="{220 - 180 * seen / most:.1f}" width="12" '
        f'height="{180 * seen / most:.1f}"/>'
        for at, seen in enumerate(found.timeline.observed)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 240" width="640" height="240" '
        f'lang="{language}"><title>{name}</title><g fill="#1f497a">{bars}</g></svg>'
    )


def _hash(*parts: object) -> str:
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()


def form_id() -> UUID:
    """Return an id as a page's form would carry it."""
    return new_id()
