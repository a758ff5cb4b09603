"""The methods that look at posts, each under its name: what it reads, how it is run with its usual rule.

Where several methods are run over the same posts (`vigie detect run`, the node), this is all that is known of
them: a method is added with one entry, which says what it needs besides posts. Nothing heavy is imported
before a method's tools are asked for, so that pages can name methods.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from vigie.terms.cards import MethodCard
    from vigie.terms.languages import Message
    from vigie.terms.progress import Progress
    from vigie.terms.signals import Signal

    Run = Callable[[pa.Table, int, Progress], "Outcome"]
    Given = Mapping[str, pa.Table]  # tables besides posts, by what `NEEDS` calls them, and more: see `Tools`

DAY_HOURS = 24
WORDS_SHOWN = 4
DOWN = say(
    "The collection itself seems to have been down: {times} times, {whole_ms} in all. Nothing is called "
    "silent then."
)
TOO_OLD = say(
    "{posts} posts are more than ten years older than the last one and were left out: is a date wrong?"
)
COARSE = say("Times are told too coarsely to judge who acts in the same second.")
FEW_MOMENTS = say("No two accounts acted often enough for their moments to be compared.")
FOUND_LATER = say(
    "{later} of {deleted} posts were only found deleted when somebody looked again: their moment is unknown."
)
NOT_WATCHED = say(
    "Of {posts} posts, {watched} were looked for again after they were collected: the others tell nothing."
)
NO_COUNTERS = say("No post has a counter that is known.")
UNCOMPARED = say("{left} of {figures} counters have too few others of their kind to be compared with.")
NO_TARGETS = say("No account is known as a public actor: nobody was judged.")
UNJUDGED = say("{left} of {targets} public actors posted too little to be judged.")
ALL_FELL = say("{times} times everybody else posted less too: nothing is said of a public actor then.")
NO_REPLIES = say("No answer to anybody is known: no crowd could be looked for.")
NO_REGISTER = say("No register of outlets was given: nothing was compared.")
NONE_SEEN = say("Of the {outlets} outlets of the register, none is in these posts.")
FEW_OUTLETS = say("Posts of only {outlets} outlets of the register: fewer than {least} tell nothing.")
NOT_COLLECTED = say("Of {outlets} outlets of the register nothing was collected.")
THIN = say(
    "{outlets} outlets were left out: less than half of the posts that the register expects were collected."
)
TOO_SHORT = say(
    "Too short a time to judge rises: {days} days are only learned from, before anything is said."
)


NEEDS: Mapping[str, Message] = {"register": say("no register of outlets")}  # why a method is not run


@dataclass(frozen=True, kw_only=True)
class Note:
    """What must be known of a run besides its signals: what could not be said, and why."""

    sentence: str  # a message id; `facts` fill it
    facts: Mapping[str, float | int | str]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one method made of posts.

    Args:
        signals: the strongest first.
        false_alarms_expected: how many of them its budget lets chance make, for all that it looked at; None
            where it has no such budget.
        notes: what could not be said.
    """

    signals: tuple[Signal, ...]
    false_alarms_expected: float | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What runs a method.

    Args:
        columns: of posts, that it reads.
        parameters: of its usual rule, by name, as JSON holds them.
        card: returns its card.
        with_history: reads every observation of a post, not its latest alone.
        run: takes posts with at least `columns`, the seed of all chance, and who is told how far it is.
        given: makes `run` of the tables that a method needs; None where it needs posts alone. `register` as
            `vigie.detect.exposure.REGISTER`, perhaps with `posts_a_day`; beside it `listed` and `traces`.
            `watched`, for early warning: `key` of a series watched more closely, and `from_ms`, `until_ms`,
            the same in every row.
    """

    columns: tuple[str, ...]
    parameters: Mapping[str, Any]
    card: Callable[[], MethodCard]
    run: Run
    with_history: bool = False
    given: Callable[[Given], Run] | None = None

    def running(self, tables: Given) -> Run:
        """Return what runs the method with these tables; without one that it needs, it says so in a note."""
        return self.run if self.given is None else self.given(tables)


@dataclass(frozen=True, kw_only=True)
class Method:
    """One method.

    Args:
        id: name and version: new meaning, new number.
        title: what a list of methods calls it.
        about: what it looks for, in a sentence.
        signals_max: the most signals of one run that people are asked to look at, the strongest.
        window_hours: how much of what comes in live is looked at, back from the latest post; None: all.
        tools: returns what runs it; imports the method itself.
        needs: tables besides posts, by name: see `NEEDS`. Where one lacks, the method is not run.
    """

    id: str
    title: Message
    about: Message
    window_hours: int | None
    tools: Callable[[], Tools]
    signals_max: int = 50
    needs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name without its version."""
        return name_of(self.id)

    @property
    def command(self) -> str:
        """The name of its own command: `vigie detect …`."""
        return {"pileon": "pile-on"}.get(self.name, self.name.replace("_", "-"))


def name_of(method_id: str) -> str:
    """Return a method's name without its version: `bursts` of `bursts/1`."""
    return method_id.partition("/")[0]


def _plain(value: object) -> Any:
    """Return a parameter as JSON holds it."""
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(_plain(each) for each in value)
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value


def _parameters(rule: Any) -> dict[str, Any]:
    """Return a rule's parameters but those that decide nothing: how many threads count."""
    return {name: _plain(value) for name, value in asdict(rule).items() if name != "threads"}


def _tools(
    module: Any,
    signals: Callable[[Any, pa.Table], tuple[Signal, ...]],
    *,
    is_seeded: bool = False,
    with_history: bool = False,
    more: Sequence[str] = (),
    notes: Callable[[Any], Iterable[Note]] = lambda _found: (),
    expected: Callable[[Any], float | None] = lambda _found: None,
) -> Tools:
    """Return what runs a method of the usual shape: `COLUMNS`, `Rule`, `detect`, `card`.

    Args:
        module: the method.
        signals: makes signals of what it finds.
        is_seeded: whether it draws lots.
        with_history: whether it reads every observation of a post.
        more: columns that its signals show besides.
        notes: returns what could not be said, of what it finds.
        expected: returns how many false alarms its budget lets chance make.
    """
    rule = module.Rule()

    def run(posts: pa.Table, seed: int, progress: Progress) -> Outcome:
        chance = {"seed": seed} if is_seeded else {}
        found = module.detect(posts, rule=rule, progress=progress, **chance)
        return Outcome(
            signals=signals(found, posts), false_alarms_expected=expected(found), notes=tuple(notes(found))
        )

    return Tools(
        columns=(*module.COLUMNS, *more),
        parameters=_parameters(rule),
        card=module.card,
        run=run,
        with_history=with_history,
    )


def _coaction() -> Tools:
    from vigie.detect import coaction
    from vigie.detect.behaviours import BEHAVIOURS, columns_for
    from vigie.detect.coaction.signals import signals
    from vigie.detect.gathering import Gathering

    rule = coaction.Rule(windows_ms=(60_000, 600_000, 3_600_000))

    def run(posts: pa.Table, seed: int, progress: Progress) -> Outcome:
        acts = Gathering(BEHAVIOURS)
        for batch in posts.to_batches():
            acts.add(batch)
        found = coaction.detect(
            {one.id: acts.actions(one) for one in acts.behaviours},
            rule=rule,
            seed=seed,
            origins=acts.origins,
            progress=progress,
        )
        return Outcome(signals=signals(found, posts))

    return Tools(columns=columns_for(BEHAVIOURS), parameters=_parameters(rule), card=coaction.card, run=run)


def _families() -> Tools:
    from vigie.detect import families
    from vigie.detect.families.signals import signals

    return _tools(families, signals, is_seeded=True, more=("platform",))


def _rhythm() -> Tools:
    from vigie.detect import rhythm
    from vigie.detect.rhythm.signals import signals

    return _tools(rhythm, signals, notes=_of_step)


def _of_step(step: Any) -> Iterator[Note]:
    if not step.bin_ms:
        yield Note(sentence=COARSE, facts={})
    elif not step.test_count:
        yield Note(sentence=FEW_MOMENTS, facts={})


def _deletions() -> Tools:
    from vigie.detect import deletions
    from vigie.detect.deletions.signals import signals

    def notes(found: Any) -> Iterator[Note]:
        if found.seen_later_count:
            facts = {"later": found.seen_later_count, "deleted": found.deleted_count}
            yield Note(sentence=FOUND_LATER, facts=facts)
        yield from _of_step(found.step)

    return _tools(deletions, signals, notes=notes)


def _pileon() -> Tools:
    from vigie.detect import pileon
    from vigie.detect.pileon.signals import signals

    def notes(found: Any) -> Iterator[Note]:
        if not found.reply_count:
            yield Note(sentence=NO_REPLIES, facts={})

    return _tools(
        pileon,
        signals,
        is_seeded=True,
        notes=notes,
        expected=lambda found: found.alarms_expected if found.judged_count else None,
    )


def _bursts() -> Tools:
    from vigie.detect import bursts
    from vigie.detect.bursts.signals import signals

    rule = bursts.Rule()
    bys: tuple[bursts.By, ...] = ("hashtag", "domain", "target", "lang")
    columns = dict.fromkeys(["share_of", *(name for by in bys for name in bursts.Mentions(by).columns)])

    def given(tables: Given) -> Run:
        election = _election(tables.get("watched"))

        def run(posts: pa.Table, seed: int, progress: Progress) -> Outcome:
            made: list[Signal] = []
            expected, notes = 0.0, list[Note]()
            for by in bys:
                mentions = bursts.Mentions(by)
                for batch in posts.select(list(mentions.columns)).to_batches():
                    mentions.add(batch)
                found = bursts.detect(
                    mentions.occurrences(),
                    mentions.moments(),
                    rule=rule,
                    election=election,
                    by=by,
                    seed=seed,
                    progress=progress,
                )
                made += signals(found, posts) if found.alerts else ()
                expected += found.alarms_expected + found.election_alarms_expected
                if by == bys[0]:  # of the collection, whatever is counted
                    notes += _notes(found, rule)
            made.sort(key=lambda one: (-one.weight, one.subject))
            is_judged = not any(one.sentence == TOO_SHORT for one in notes)
            return Outcome(
                signals=tuple(made),
                false_alarms_expected=expected if is_judged else None,
                notes=tuple(notes),
            )

        return run

    return Tools(
        columns=tuple(columns),
        parameters={**_parameters(rule), "by": list(bys)},
        card=bursts.card,
        run=given({}),
        given=given,
    )


def _election(watched: pa.Table | None) -> Any:
    """Return what early warning watches more closely, and when; None where nothing is."""
    from vigie.detect import bursts

    if watched is None or not watched.num_rows:
        return None
    first = watched.slice(0, 1).to_pylist()[0]
    return bursts.Election(
        start_ms=first["from_ms"], end_ms=first["until_ms"], watched=frozenset(watched["key"].to_pylist())
    )


def _notes(found: Any, rule: Any) -> list[Note]:
    """Return what early warning could not say, and when nothing was collected."""
    if found.is_too_short:
        return [Note(sentence=TOO_SHORT, facts={"days": rule.history_days})]
    notes = [Note(sentence=TOO_OLD, facts={"posts": found.early_count})] if found.early_count else []
    down = [one.end_ms - one.start_ms for one in found.alerts if one.kind == "outage"]
    if down:
        notes.append(Note(sentence=DOWN, facts={"times": len(down), "whole_ms": sum(down)}))
    return notes


def _narratives() -> Tools:
    from vigie.detect import narratives
    from vigie.detect.narratives.signals import signals

    return _tools(narratives, signals, is_seeded=True)


def _reuse() -> Tools:
    from vigie.detect import reuse
    from vigie.detect.reuse.signals import signals

    return _tools(reuse, signals)


def _vanished() -> Tools:
    from vigie.detect import vanished
    from vigie.detect.vanished.signals import signals

    def notes(found: Any) -> Iterator[Note]:
        if found.watched_count < found.post_count:
            facts = {"posts": found.post_count, "watched": found.watched_count}
            yield Note(sentence=NOT_WATCHED, facts=facts)

    return _tools(vanished, signals, with_history=True, notes=notes)


def _posting_drop() -> Tools:
    from vigie.detect import posting_drop
    from vigie.detect.posting_drop.signals import signals

    def notes(found: Any) -> Iterator[Note]:
        left = found.target_count - found.judged_count
        if not found.target_count:
            yield Note(sentence=NO_TARGETS, facts={})
        if left:
            yield Note(sentence=UNJUDGED, facts={"left": left, "targets": found.target_count})
        if found.down_count:
            yield Note(sentence=ALL_FELL, facts={"times": found.down_count})

    return _tools(posting_drop, signals, notes=notes)


def _engagement() -> Tools:
    from vigie.detect import engagement
    from vigie.detect.engagement.signals import signals

    def notes(found: Any) -> Iterator[Note]:
        if not found.figure_count:
            yield Note(sentence=NO_COUNTERS, facts={})
        if found.uncompared_figure_count:
            facts = {"left": found.uncompared_figure_count, "figures": found.figure_count}
            yield Note(sentence=UNCOMPARED, facts=facts)

    return _tools(engagement, signals, with_history=True, notes=notes)


def _exposure() -> Tools:
    from vigie.detect import exposure, families
    from vigie.detect.exposure.signals import signals

    def given(tables: Given) -> Run:
        def run(posts: pa.Table, seed: int, progress: Progress) -> Outcome:
            register = tables.get("register")
            if not register:
                return Outcome(signals=(), notes=(Note(sentence=NO_REGISTER, facts={}),))
            found = exposure.detect(
                posts,
                register=register,
                listed=tables.get("listed"),
                traces=tables.get("traces"),
                members=families.detect(posts, seed=seed).members,
                progress=progress,
            )
            none = Note(sentence=NONE_SEEN, facts={"outlets": _outlet_count(register)})
            return Outcome(signals=signals(found, posts), notes=() if found.registered_count else (none,))

        return run

    return Tools(
        columns=tuple(dict.fromkeys([*exposure.COLUMNS, *families.COLUMNS])),
        parameters=_parameters(exposure.Rule()),
        card=exposure.card,
        run=given({}),
        given=given,
    )


def _outlet_count(register: pa.Table) -> int:
    return len(set(register["name"].to_pylist()))


def _omission() -> Tools:
    from vigie.detect import narratives, omission
    from vigie.detect.of_outlets import NAMED_BY
    from vigie.detect.omission.signals import signals

    rule = omission.Rule(by="author")

    def given(tables: Given) -> Run:
        def run(posts: pa.Table, seed: int, progress: Progress) -> Outcome:
            register = tables.get("register")
            if not register:
                return Outcome(signals=(), notes=(Note(sentence=NO_REGISTER, facts={}),))
            own, notes = _comparable(posts, register, rule.event_outlets_min)
            if own is None:
                return Outcome(signals=(), notes=notes)
            told = narratives.detect(own, seed=seed)
            events, asked = _stories(told)
            found = omission.detect(own, events, rule=rule, asked=asked, seed=seed, progress=progress)
            made = tuple(_by_name(one) for one in signals(found, own))
            return Outcome(signals=made, false_alarms_expected=found.by_chance, notes=notes)

        return run

    return Tools(
        columns=tuple(dict.fromkeys([*omission.COLUMNS, *narratives.COLUMNS, *NAMED_BY])),
        parameters={**_parameters(rule), "events": "narratives"},
        card=omission.card,
        run=given({}),
        given=given,
    )


def _comparable(
    posts: pa.Table, register: pa.Table, outlets_min: int
) -> tuple[pa.Table | None, tuple[Note, ...]]:
    """Return the posts of outlets of which enough was collected, and what of others cannot be said."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from vigie.detect.of_outlets import of_outlets, too_thin

    own = of_outlets(posts, register)
    seen = set(own["author"].to_pylist())
    notes = []
    if absent := _outlet_count(register) - len(seen):
        notes.append(Note(sentence=NOT_COLLECTED, facts={"outlets": absent}))
    if thin := too_thin(own, register):
        notes.append(Note(sentence=THIN, facts={"outlets": len(thin)}))
        own = own.filter(pc.invert(pc.is_in(own["author"], pa.array(sorted(thin)))))
    if len(seen - thin) < outlets_min:
        notes.append(Note(sentence=FEW_OUTLETS, facts={"outlets": len(seen - thin), "least": outlets_min}))
        return None, tuple(notes)
    return own, tuple(notes)


def _stories(told: Any) -> tuple[pa.Table, dict[str, frozenset[str]]]:
    """Return narratives as events, called by their most telling words, and the language of each.

    A narrative is of one language: outlets that write in another say nothing of it.
    """
    import pyarrow as pa

    names: dict[str, str] = {}
    asked: dict[str, frozenset[str]] = {}
    for row in told.narratives.to_pylist():
        name = ", ".join(row["terms"][:WORDS_SHOWN])
        while name in asked:
            name += " *"
        names[row["narrative"]], asked[name] = name, frozenset({row["lang"]})
    events = [names.get(one) for one in told.members["narrative"].to_pylist()]
    return pa.table({"post_id": told.members["post_id"], "event": pa.array(events, pa.string())}), asked


def _by_name(signal: Signal) -> Signal:
    """Return a signal about outlets under their own names; its subject is a narrative, which may drift."""
    return replace(
        signal,
        subject_kind="narrative",
        accounts=(),
        account_count=0,
        exhibits=tuple(
            replace(
                one,
                columns=tuple(
                    replace(column, holds="text") if column.name == "outlet" else column
                    for column in one.columns
                ),
            )
            for one in signal.exhibits
        ),
    )


_ALL = (  # in the order of every list
    Method(
        id="coaction/2",
        title=say("Acting together"),
        about=say("Groups of accounts that act on the same things close in time, more than chance allows."),
        window_hours=2 * DAY_HOURS,
        tools=_coaction,
    ),
    Method(
        id="families/1",
        title=say("Copied texts"),
        about=say("Texts that several accounts post word for word, or nearly, whoever wrote them first."),
        window_hours=7 * DAY_HOURS,
        tools=_families,
        signals_max=12,  # people copy each other all day long
    ),
    Method(
        id="rhythm/1",
        title=say("Posting in step"),
        about=say("Accounts that post in the same second again and again, whatever they post."),
        window_hours=7 * DAY_HOURS,
        tools=_rhythm,
    ),
    Method(
        id="deletions/1",
        title=say("Deleting in step"),
        about=say("Accounts whose posts are deleted in the same second again and again."),
        window_hours=7 * DAY_HOURS,
        tools=_deletions,
    ),
    Method(
        id="pileon/2",
        title=say("Pile-on"),
        about=say("Somebody who is answered by a crowd of accounts that have too much in common."),
        window_hours=14 * DAY_HOURS,
        tools=_pileon,
    ),
    Method(
        id="bursts/2",
        title=say("Early warning"),
        about=say("Hashtags, sites, targets and languages that rise or fall silent against their own past."),
        window_hours=60 * DAY_HOURS,  # four weeks are only learned from
        tools=_bursts,
    ),
    Method(
        id="narratives/1",
        title=say("Narratives"),
        about=say("What many posts tell in words of their own, where it is new or grows."),
        window_hours=9 * DAY_HOURS,
        tools=_narratives,
        signals_max=12,
    ),
    Method(
        id="reuse/1",
        title=say("Reused pictures"),
        about=say("Pictures that are used again with other words than before."),
        window_hours=180 * DAY_HOURS,
        tools=_reuse,
    ),
    Method(
        id="vanished/1",
        title=say("Posts that are gone"),
        about=say(
            "Hashtags, sites and languages whose posts go more often than others, seen on a later visit."
        ),
        window_hours=30 * DAY_HOURS,
        tools=_vanished,
    ),
    Method(
        id="posting_drop/1",
        title=say("Posting drop"),
        about=say("Public actors that post far less for days than in the weeks before."),
        window_hours=42 * DAY_HOURS,
        tools=_posting_drop,
    ),
    Method(
        id="engagement/2",
        title=say("Engagement out of proportion"),
        about=say(
            "Posts with far more engagement than usual, or seen by many and touched by hardly anybody."
        ),
        window_hours=30 * DAY_HOURS,
        tools=_engagement,
    ),
    Method(
        id="exposure/1",
        title=say("Concealed state involvement"),
        about=say(
            "Unclassified channels and sites that copy, link or share numbers with outlets of a state, or "
            "that a watch-list names."
        ),
        window_hours=30 * DAY_HOURS,
        tools=_exposure,
        needs=("register",),
    ),
    Method(
        id="omission/1",
        title=say("Events not found"),
        about=say("What most outlets of the register tell, and what was not found of some others."),
        window_hours=14 * DAY_HOURS,
        tools=_omission,
        signals_max=12,
        needs=("register",),
    ),
)
METHODS: Mapping[str, Method] = {method.name: method for method in _ALL}
