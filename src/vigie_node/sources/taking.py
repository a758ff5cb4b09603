"""Take a file in: read it, keep what is new as batches, record each; killed anywhere, simply run again.

Imports the core's heavy stages: only the jobs' child processes and commands import this module.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from vigie.collect import REASONS, SKIPS, Reject, Rejects
from vigie.collect.expanding import Resolver
from vigie.intake import ROWS_PER_BATCH, Reading, plan_all, take_in
from vigie.outbound import Client
from vigie.store.batches import Batch as StoredBatch
from vigie.store.batches import Store
from vigie.store.offices import Office
from vigie.store.vault import Vault
from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_node.clock import now_ms
from vigie_node.sources import actions
from vigie_node.sources.access import batches_held
from vigie_node.sources.errors import FileChangedError, IntakeRunningError
from vigie_node.sources.keys import key_of
from vigie_node.sources.live.policy import policy_of
from vigie_node.sources.models import Batch, Intake, PublicActor
from vigie_node.sources.room import room_now
from vigie_node.sources.safe import safe_error
from vigie_node.sources.tombstones import LEFT_OUT, Remembering
from vigie_node.sources.turns import SameWorkError, removing, turn_of

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from typing import Protocol
    from uuid import UUID

    from vigie.collect import Plan
    from vigie.intake import Taken
    from vigie.store.observations import Known
    from vigie.terms.languages import Message

    class Listener(Protocol):
        """Who hears how far the work is, and may stop it: a job's task, or a command."""

        def progress(self, stage: Message, done: int, total: int | None) -> None:
            """Hear what is being done and how much of it; may raise to stop it."""

        def check(self) -> None:
            """Raise to stop the work here."""


ROWS_SHOWN_MAX = 1_000  # rows set aside whose place is kept
READ_BYTES = 1 << 20
LIVE = "live"  # the folder of the spool in which live sources leave what comes
YOUNG_MS = 60 * 60_000  # a file of the store that nobody knows may be about to be recorded for so long
WAITING = say("Waiting for another intake of the same project")
CHECKING = say("Taking the file’s fingerprint")
READING = say("Reading the file")
ERASED = say("a post that was erased here: its platform deleted it, or its author asked")


class Aside(Rejects):
    """The rows that an intake set aside: counts, and the first thousand and of each reason for the record."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Reject] = []

    def add(self, reject: Reject) -> None:
        """Count a row, and keep it if it is among the first, of all or for its reason."""
        super().add(reject)
        if len(self.kept) < ROWS_SHOWN_MAX or self.counts[reject.code] == 1:
            self.kept.append(reject)

    def outcome(self, read_count: int, *, left_out: int) -> actions.Outcome:
        """Return what may be recorded: places and reasons, not what the rows said.

        Args:
            read_count: posts that were read.
            left_out: how many of them were of posts that were erased for good: they are passed over.
        """
        passed_over = self.skips + Counter({LEFT_OUT: left_out})
        return actions.Outcome(
            read_count=read_count - left_out,
            rejected_count=self.total,
            reasons=_counted(self.counts, REASONS),
            skips=_counted(passed_over, {**SKIPS, LEFT_OUT: ERASED}),
            first=[
                actions.SetAside(unit=one.unit, number=one.number, code=one.code, facts=_figures(one.facts))
                for one in self.kept
            ],
        )

    def packed(self) -> bytes:
        """Return what the rows said, for the vault: one JSON object a line."""
        lines = (
            json.dumps({one.unit: one.number, "code": one.code, "excerpt": one.excerpt}, ensure_ascii=False)
            for one in self.kept
        )
        return "\n".join(lines).encode("utf-8", "replace")


def take_in_file(intake: Intake, listener: Listener) -> Intake:
    """Read an intake's file to its end and record what is new in it.

    Raises:
        IntakeRunningError: another process is at this very intake.
        VigieError: the file cannot be taken in; the intake says so, safely, and what was kept of it stays.
    """
    try:
        with turn_of(
            intake.declaration.project_id,
            work=str(intake.id),
            waiting=lambda: listener.progress(WAITING, 0, None),
        ):
            intake.refresh_from_db()
            return intake if intake.state == Intake.State.DONE else _in_turn(intake, listener)
    except SameWorkError as error:
        raise IntakeRunningError(path=intake.file_name) from error


def _in_turn(intake: Intake, listener: Listener) -> Intake:
    store, aside = Store(settings.HOME.store), Aside()
    held = [stored(batch) for batch in batches_held(intake.declaration)]
    known = Remembering.under(intake.declaration, store, held)
    read_count = 0
    try:
        _fingerprint(intake, listener)
        with Vault(settings.HOME.vault, key_of(intake.declaration.project)) as vault:
            sweep(store, vault)
            try:
                with closing(_portions(intake, store, vault, known, aside, listener)) as portions:
                    for taken in portions:
                        read_count += taken.read_count
                        _record(intake, taken, listener)
            finally:
                if aside.total:
                    vault.seal_rejects(str(intake.id), aside.packed())
    except VigieError as error:
        safe = safe_error(error, file_name=intake.file_name)
        actions.fail_intake(intake, safe, aside.outcome(read_count, left_out=known.left_out))
        raise
    return actions.finish_intake(intake, aside.outcome(read_count, left_out=known.left_out))


def _fingerprint(intake: Intake, listener: Listener) -> None:
    """Note the file's SHA-256 before anything of it is believed.

    Raises:
        FileChangedError: it was another file when the intake began.
    """
    path = Path(intake.path)
    if not path.is_file():
        return  # whoever reads it says why not
    found = sha256_of(path, listener)
    if intake.file_sha256 not in {"", found}:
        raise FileChangedError(path=path)
    actions.start_intake(intake, file_sha256=found, byte_count=path.stat().st_size)


def sha256_of(path: Path, listener: Listener) -> str:
    """Return the SHA-256 of a file, in hexadecimal, telling how far it is."""
    digest, done, total = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while piece := file.read(READ_BYTES):
            digest.update(piece)
            done += len(piece)
            listener.progress(CHECKING, done, total)
    return digest.hexdigest()


def _portions(
    intake: Intake, store: Store, vault: Vault, known: Known, aside: Aside, listener: Listener
) -> Generator[Taken, None, None]:
    (one,) = plan_all([Path(intake.path)], reading_of(intake.options))
    actions.recognise(intake, layout=one.layout or "", format_=_format(one), sure=one.sure)
    declaration = intake.declaration
    return take_in(
        [one],
        store=store,
        vault=vault,
        key=key_of(declaration.project),
        known=known,
        collection_id=str(declaration.id),
        collected_ms=intake.created_ms,  # not this moment: run again, the same rows are the same batch
        delete_by_ms=intake.created_ms + declaration.retention_days * actions.DAY_MS,
        rejects=aside,
        rows_per_batch=ROWS_PER_BATCH,
        public_actors=offices_of(intake.organisation_id),
        is_visit=_is_live(intake),
        resolver=_resolver(),
        progress=lambda done, total: listener.progress(READING, done, total),
    )


def _is_live(intake: Intake) -> bool:
    """Tell whether an intake is of a live source: then it began when its posts were seen."""
    return Path(intake.path).is_relative_to(settings.HOME.spool / LIVE)


def _resolver() -> Resolver | None:
    """Return what asks shorteners where their addresses lead, where the operator allows it."""
    return Resolver(Client(policy_of(settings.NODE))) if settings.NODE.expand_links else None


def _record(intake: Intake, taken: Taken, listener: Listener) -> None:
    if taken.batch is not None:
        with transaction.atomic():
            listener.check()
            actions.record_batch(intake, taken.batch)
        room_now().check()


def offices_of(organisation: UUID) -> list[Office]:
    """Return an organisation's public actors as the core knows them: in clear for posts of their time.

    A line to which no second person agreed is none of them.
    """
    return [
        Office(platform=one.platform, account=one.account, from_ms=one.from_ms, until_ms=one.until_ms)
        for one in PublicActor.objects.filter(organisation=organisation, agreed_ms__isnull=False)
    ]


def reading_of(options: Mapping[str, Any]) -> Reading:
    """Return how a file is to be read, as its intake keeps it."""
    return Reading(
        mapping=options.get("mapping", {}),
        encoding=options.get("encoding") or None,
        time_unit=options.get("time_unit") or "auto",
        layout=options.get("layout") or None,
    )


def stored(batch: Batch) -> StoredBatch:
    """Return a recorded batch as the store knows it."""
    return StoredBatch(
        sha256=batch.sha256,
        row_count=batch.row_count,
        byte_count=batch.byte_count,
        start_ms=batch.start_ms,
        end_ms=batch.end_ms,
    )


def sweep(store: Store, vault: Vault) -> None:
    """Remove what no row knows: files and sealed names of runs that were killed, or erased during a backup.

    The caller holds the turn of the vault's project: nobody is about to record a batch of it.
    """
    with removing() as allowed:
        if not allowed:
            return
        held = set(Batch.objects.filter(erased_ms=None).values_list("sha256", flat=True))
        store.sweep(held, older_than_ms=YOUNG_MS, now_ms=now_ms())
        for sha256 in vault.batches():
            if sha256 not in held:
                vault.drop(sha256)


def _counted(counts: Counter[str], sentences: Mapping[str, str]) -> list[dict[str, object]]:
    """Return counts by reason, the most frequent first, with the sentence of each."""
    return [{"code": code, "sentence": sentences[code], "count": n} for code, n in counts.most_common()]


def _format(one: Plan) -> str:
    packed = one.shape.compression
    return f"{one.shape.format}+{packed}" if packed else one.shape.format


def _figures(facts: Mapping[str, object]) -> dict[str, int]:
    return {name: value for name, value in facts.items() if isinstance(value, int)}
