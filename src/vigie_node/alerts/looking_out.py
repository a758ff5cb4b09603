"""What the lookout does with each declaration under which something is read live. Imports the heavy stages.

1. Which declarations, and what must be exceeded: looked up every few seconds. 2. New lines of their sources
become posts, in memory alone, by the importer that the intake uses. 3. Names become the project's pseudonyms;
posts that were erased for good are left out. 4. Acts go to the live look. 5. Who crosses is kept as a first
notice.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import structlog

from vigie.collect import Rejects, plan, read_planned
from vigie.detect.behaviours import actions, columns_for
from vigie.detect.coaction.live import LIVE, METHOD, REMEMBER_MS, Lookout, bars
from vigie.detect.coaction.signals import BEHAVIOURS
from vigie.store.pseudonyms import pseudonymise
from vigie.terms.errors import VigieError
from vigie.terms.findings import Calibration, Indicator
from vigie.terms.languages import Message, say
from vigie.terms.signals import ACCOUNTS_MAX, Signal
from vigie_node.alerts.actions import keep_first_notice
from vigie_node.alerts.first_notices import KIND
from vigie_node.alerts.following import READ_BYTES, Following
from vigie_node.alerts.lookout_plans import watched_declarations
from vigie_node.alerts.models import Run
from vigie_node.alerts.parameters import COACTION
from vigie_node.clock import now_ms
from vigie_node.sources.actions.live import folder_of
from vigie_node.sources.keys import key_of
from vigie_node.sources.models import Source, Tombstone
from vigie_node.sources.taking import offices_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from vigie.detect.coaction.live import Bar, Crossing
    from vigie_node.sources.models import Declaration

LOG = structlog.stdlib.get_logger("vigie_node.alerts.lookout")
REFRESH_S = 5.0
MINUTE_MS = 60_000
LAYOUTS = {Source.Kind.JETSTREAM: "bluesky-jetstream", Source.Kind.MASTODON: "mastodon"}
COLUMNS = (*columns_for(LIVE), "platform")
SENTENCE = say(
    "First notice: {accounts} accounts acted together on {objects} objects, above all {behaviour}: "
    "{observed} times within {window_ms}, where chance would give {expected}."
)
ONE_EVENT = say(
    "Those who follow one event live act on the same things within minutes too. The full look compares them "
    "with shuffled copies; this one could not."
)


class LookingOut:
    """All declarations that are watched.

    Args:
        stops: tells whether the process is to end.
    """

    def __init__(self, *, stops: Callable[[], bool] = lambda: False) -> None:
        self._stops = stops
        self._watches: dict[UUID, Watch] = {}
        self._refresh_s = 0.0

    def look(self) -> None:
        """Look at everything that came, of all declarations, until little is left."""
        has_more = True
        while has_more and not self._stops():
            if time.monotonic() >= self._refresh_s:
                self._refresh()  # (1)
            looked = [self._looked(pk, watch) for pk, watch in list(self._watches.items())]  # every one
            has_more = any(looked)

    def _looked(self, pk: UUID, watch: Watch) -> bool:
        """Look at one declaration; a fault there leaves the others what they see, and it begins anew."""
        try:
            return watch.look()
        except Exception as fault:
            LOG.error("a declaration could not be looked at", declaration=str(pk), exc_info=fault)  # noqa: TRY400 (its text stays out)
            self._watches.pop(pk, None)
            return False

    def _refresh(self) -> None:
        watched = {one.id: one for one in watched_declarations()}
        self._watches = {pk: watch for pk, watch in self._watches.items() if pk in watched}
        for pk, declaration in watched.items():
            try:
                if pk not in self._watches:
                    self._watches[pk] = Watch(declaration)
                self._watches[pk].refresh(declaration)
            except VigieError as error:  # its key is gone: nothing can be told of it
                self._watches.pop(pk, None)
                LOG.warning("a declaration is not watched", declaration=str(pk), code=error.code)
        self._refresh_s = time.monotonic() + REFRESH_S


class Watch:
    """One declaration: its sources, its full looks, its last minutes."""

    def __init__(self, declaration: Declaration) -> None:
        self._declaration = declaration
        self._key = key_of(declaration.project)
        self._look: Run | None = None
        self._following: dict[UUID, tuple[str, Following]] = {}
        self._lookout = Lookout()
        self._erased = pa.array([], pa.string())

    def refresh(self, declaration: Declaration) -> None:
        """Note what people, full looks and erasures changed."""
        self._declaration = declaration
        self._offices = offices_of(declaration.organisation_id)
        rows = Tombstone.objects.filter(project=declaration.project_id, forget_ms__gt=now_ms())
        erased = pa.array(sorted(set(rows.values_list("post", flat=True))), pa.string())
        if self._look is not None and not erased.equals(self._erased):
            self._lookout, self._look = Lookout(), None  # what was erased is not remembered either
        self._erased = erased
        sources = Source.objects.filter(declaration=declaration, stopped_ms=None, kind__in=LAYOUTS)
        self._following = {
            source.pk: self._following.get(source.pk)
            or (LAYOUTS[Source.Kind(source.kind)], Following(folder_of(source.pk)))
            for source in sources
        }
        look = last_full_look(declaration)
        if look is not None and (self._look is None or look.pk != self._look.pk):
            self._look, self._lookout.bars = look, bars_of(look)

    def look(self) -> bool:
        """Look at some of what came; return whether much of it is left."""
        now, has_more = now_ms(), False
        for layout, following in self._following.values():
            lines = following.read(since_ms=now - REMEMBER_MS)
            if lines:
                has_more |= 2 * len(lines) > READ_BYTES
                for crossing in self._crossings(lines, layout):
                    self._keep(crossing)
        return has_more

    def _crossings(self, lines: bytes, layout: str) -> tuple[Crossing, ...]:
        posts = posts_in(lines, layout)  # (2)
        if not posts.num_rows:
            return ()
        posts, _identities = pseudonymise(posts, self._key, public_actors=self._offices)  # (3)
        if len(self._erased):
            ids = posts.column("post_id").cast(pa.string())
            posts = posts.filter(pc.invert(pc.is_in(ids, value_set=self._erased)))
        acts = {one.id: actions(posts, one) for one in LIVE}
        return self._lookout.append(acts, now_ms=now_ms())  # (4)

    def _keep(self, crossing: Crossing) -> None:
        """Keep a first notice; where the declaration was closed meanwhile, it is not kept."""
        if self._look is None:
            return
        try:
            kept = keep_first_notice(  # (5)
                self._declaration,
                told_of(crossing),
                columns_of(crossing),
                look=self._look,
                minutes=REMEMBER_MS // MINUTE_MS,
            )
        except VigieError as error:
            LOG.warning("a first notice was not kept", code=error.code)
        else:
            LOG.info("first notice", kept=kept is not None, accounts=len(crossing.accounts))


def posts_in(lines: bytes, layout: str) -> pa.Table:
    """Return the posts that some lines hold; what is none is passed over, as the intake will tell of it.

    The lines are read as a file that is nowhere but in memory.
    """
    handle = os.memfd_create("vigie-lines", os.MFD_CLOEXEC)
    try:
        with os.fdopen(handle, "wb", closefd=False) as file:
            file.write(lines)
        batches = read_planned(
            [plan(Path(f"/proc/self/fd/{handle}"), layout=layout)], columns=COLUMNS, rejects=Rejects()
        )
        return pa.Table.from_batches(list(batches)) if lines.strip() else pa.table({})
    except (VigieError, ValueError):
        return pa.table({})
    finally:
        os.close(handle)


def last_full_look(declaration: Declaration) -> Run | None:
    """Return the last full look that is done; None where there is none."""
    looks = Run.objects.filter(
        declaration=declaration, method__startswith=f"{COACTION}/", state=Run.State.DONE
    )
    return looks.exclude(calibrations=[]).order_by("-finished_ms").first()


def bars_of(look: Run) -> tuple[Bar, ...]:
    """Return what must be exceeded by a full look's word; nothing where an older version made it."""
    period_ms = (look.end_ms or 0) - (look.start_ms or 0)
    return bars(
        [Calibration(**one) for one in look.calibrations],
        period_ms=period_ms,
        fdr=look.parameters["fdr"],
        remember_ms=REMEMBER_MS,
    )


def told_of(crossing: Crossing) -> Signal:
    """Return a first notice as any method tells what it noticed."""
    behaviour: str | Message = BEHAVIOURS.get(crossing.behaviour, crossing.behaviour)
    return Signal(
        method=METHOD,
        kind=KIND,
        subject_kind="accounts",
        subject=crossing.accounts[0],
        sentence=SENTENCE,
        facts={
            "accounts": len(crossing.accounts),
            "objects": crossing.object_count,
            "behaviour": behaviour,
            "observed": crossing.observed,
            "window_ms": crossing.window_ms,
            "expected": round(crossing.expected, 2),
        },
        start_ms=crossing.first_ms,
        end_ms=crossing.last_ms,
        weight=crossing.surprise_min,
        indicators=(Indicator(code="one_event", leaning="organic", sentence=ONE_EVENT, facts={}),),
        accounts=crossing.accounts[:ACCOUNTS_MAX],
        account_count=len(crossing.accounts),
    )


def columns_of(crossing: Crossing) -> dict[str, object]:
    """Return what of a first notice sorts the inbox as a group does."""
    return {
        "behaviour": crossing.behaviour,
        "behaviours": [crossing.behaviour],
        "window_ms": crossing.window_ms,
        "pair_count": crossing.pair_count,
        "object_count": crossing.object_count,
        "observed": crossing.observed,
        "expected": crossing.expected,
    }
