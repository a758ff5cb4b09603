"""What pages say of a first notice: what it rests on, and what the full look made of it; nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.terms.languages import say
from vigie_node.alerts.models import Run, Signal
from vigie_node.alerts.parameters import COACTION

if TYPE_CHECKING:
    from vigie.report.format import Voice

METHOD = "first_notice/1"  # as `vigie.detect.coaction.live` says it
KIND = "first_notice"  # of its signals; those of full looks are of the kind `group`
AWAITED = say(
    "First notice, from the last {minutes} minutes; the full look, with its false-alarm rate, follows within "
    "minutes. What must be exceeded comes from the full look of {moment}."
)
CONFIRMED = say("First notice. The full look of {moment} found these accounts too.")
NOT_CONFIRMED = say(
    "First notice, not confirmed by the full look of {moment}: over the whole time that it looked at, what "
    "these accounts did is not beyond what chance gives. The alert stays until somebody has judged it."
)


def is_first_notice(signal: Signal) -> bool:
    """Tell whether a signal is a first notice."""
    return signal.kind == KIND


def standing(signal: Signal, voice: Voice) -> str:
    """Say what became of a first notice; empty for any other signal."""
    if not is_first_notice(signal):
        return ""
    later = Signal.objects.filter(alert=signal.alert_id, created_ms__gte=signal.created_ms)
    found = later.exclude(kind=KIND).order_by("created_ms").first()
    if found is not None:
        return voice(CONFIRMED, moment=voice.moment(found.created_ms, seconds=False))
    look = full_look_after(signal)
    if look is not None:
        return voice(NOT_CONFIRMED, moment=voice.moment(look.finished_ms or 0, seconds=False))
    asked = signal.run.parameters
    moment = voice.moment(asked["full_look_ms"], seconds=False)
    return voice(AWAITED, minutes=asked["minutes"], moment=moment)


def full_look_after(signal: Signal) -> Run | None:
    """Return the first full look that read what a first notice rests on; None where there is none yet."""
    looks = Run.objects.filter(
        declaration=signal.run.declaration_id,
        method__startswith=f"{COACTION}/",
        state=Run.State.DONE,
        batches__stored_ms__gte=signal.created_ms,
        batches__end_ms__gte=signal.last_ms,
    )
    return looks.order_by("finished_ms").first()
