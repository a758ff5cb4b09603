"""What the API says: the columns of rows that machines may read, and nothing else (abuse case 9)."""

from __future__ import annotations

from datetime import date  # noqa: TC003 (ninja reads the annotations)
from typing import Any
from uuid import UUID  # noqa: TC003 (ninja reads the annotations)

from ninja import Schema
from pydantic import ConfigDict, Field

from vigie_node.clock import now_ms
from vigie_node.sources.models import Declaration  # noqa: TC001 (ninja reads the annotations)


class Refusal(Schema):
    """Why something was refused: a stable code, and a sentence in the language asked for."""

    code: str
    detail: str


class SignalOut(Schema):
    """One thing that one run noticed; times in UTC milliseconds.

    Of co-action it is a group, told by the columns from `behaviour` to `expected`; of every other method,
    `sentence` says it in English, its placeholders named by `facts`;
    facts that are words of posts are left out for tokens without `post.read`.
    """

    id: UUID
    run_id: UUID
    method: str
    kind: str
    subject_kind: str
    subject: str
    sentence: str
    facts: dict[str, Any]
    weight: float
    post_count: int
    behaviour: str
    window_ms: int
    account_count: int
    pair_count: int
    object_count: int
    observed: int
    expected: float
    q_value: float | None
    first_ms: int
    last_ms: int


class AlertOut(Schema):
    """One alert."""

    id: UUID
    number: int
    status: str
    method: str
    declaration_id: UUID
    account_count: int
    object_count: int
    first_ms: int
    last_ms: int
    opened_ms: int
    changed_ms: int


class ReviewOut(Schema):
    """One verdict."""

    by_id: UUID
    verdict: str
    reason: str
    at_ms: int


class AlertWhole(AlertOut):
    """One alert with its signals, newest first, and what people said."""

    signals: list[SignalOut]
    reviews: list[ReviewOut]


class ReviewIn(Schema):
    """A verdict to record. Anything else in the request is refused, not ignored (abuse case 11)."""

    model_config = ConfigDict(extra="forbid")
    verdict: str = Field(pattern="^(confirm|dismiss|unsure)$")
    reason: str = Field(min_length=1, max_length=4000)


class RunOut(Schema):
    """One detection run."""

    id: UUID
    declaration_id: UUID
    method: str
    state: str
    post_count: int
    account_count: int
    group_count: int
    left_out_count: int
    false_alarms_expected: float | None
    created_ms: int
    finished_ms: int | None
    error_code: str


class RunWhole(RunOut):
    """One run with all that is needed to make it again."""

    parameters: dict[str, Any]
    manifest: dict[str, Any]


class RunIn(Schema):
    """A run to start, by one method."""

    model_config = ConfigDict(extra="forbid")
    declaration: UUID
    method: str = "coaction"


class IntakeOut(Schema):
    """One file taken in."""

    id: UUID
    declaration_id: UUID
    file_name: str
    file_sha256: str
    state: str
    byte_count: int
    read_count: int
    new_count: int
    held_count: int
    rejected_count: int
    error_code: str
    created_ms: int
    finished_ms: int | None


class BatchOut(Schema):
    """One immutable file of observations."""

    id: UUID
    declaration_id: UUID
    intake_id: UUID
    sha256: str
    row_count: int
    byte_count: int
    start_ms: int | None
    end_ms: int | None
    stored_ms: int


class DeclarationOut(Schema):
    """Why something is collected."""

    id: UUID
    purpose: str
    legal_basis: str
    responsible: str
    subject: str
    retention_days: int
    created_ms: int
    expires_ms: int | None
    closed_ms: int | None
    state: str

    @staticmethod
    def resolve_state(obj: Declaration) -> str:
        """Return the state at this moment."""
        return obj.standing_at(now_ms())


class RateOut(Schema):
    """A rate with its 95 % interval."""

    value: float
    low: float
    high: float


class ParityRow(Schema):
    """One language, one party, or all alerts; null: withheld, or not known."""

    group: str
    looked_at: int | None
    alerts: int | None
    confirmed: int | None
    dismissed: int | None
    in_doubt: int | None
    not_reviewed: int | None
    alert_rate: RateOut | None
    dismissal_rate: RateOut | None


class ParityOut(Schema):
    """How alerts and dismissals fall on languages and on parties, from one day (UTC) to another.

    `looked_at`: posts in a language that came in, or indicators of a party's watch-lists; `alert_rate`:
    alerts for each of them; `dismissal_rate`: the part of the reviewed alerts that people dismissed. Counts
    from 1 to `least` - 1 are withheld, and so is what would give them away. A higher rate is no proof of
    bias, nor is its absence a proof of fairness.
    """

    method: str
    first: date
    last: date
    as_of_ms: int
    least: int
    not_counted_yet: int | None
    whole: ParityRow
    languages: list[ParityRow]
    parties: list[ParityRow]


class EntryOut(Schema):
    """One entry of the ledger, as its hash is taken of it."""

    seq: int
    at_ms: int
    actor: str
    kind: str
    subject: str
    organisation: UUID | None
    facts: str
    previous: str
    hash: str
    tag: str
