"""Who did what when: for each telling object, a row per account, a dot per act, time from the first act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from vigie.report.figures import drawn_objects, ranked
from vigie.report.format import short_duration
from vigie.report.text import visible
from vigie.terms.times import DAY_MS

if TYPE_CHECKING:
    from vigie.terms.findings import Group, SharedObject

PANELS_MAX = 6
ROWS_MAX = 40
WIDTH, LEFT, RIGHT, TOP, BOTTOM = 360, 32, 14, 6, 24
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200)
_STEPS_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, *(1000 * step for step in _STEPS_S))
_TICKS_MAX = 4


@dataclass(frozen=True)
class Act:
    """One dot: which row, how long after the first act."""

    row: int  # 1 is the best connected member
    account: str
    at_ms: int
    after_ms: int


@dataclass(frozen=True)
class Panel:
    """One object's acts, drawn and listed."""

    item: SharedObject
    svg: Markup
    acts: tuple[Act, ...]


@dataclass(frozen=True)
class Strip:
    """The panels, and how many of the members that acted have a row."""

    panels: tuple[Panel, ...]
    rows: int
    acting: int


def draw(group: Group) -> Strip:
    """Return a panel per telling object, the same rows in each."""
    items = drawn_objects(group, most=PANELS_MAX)
    acting = {account for item in items for _, account in item.acts}
    order = [member.account for member in ranked(group.members)]
    numbers = {account: at for at, account in enumerate(order, start=1) if account in acting}
    rows = {account: at for at, account in enumerate(list(numbers)[:ROWS_MAX])}
    return Strip(tuple(_panel(item, numbers, rows) for item in items), len(rows), len(numbers))


def _panel(item: SharedObject, numbers: dict[str, int], rows: dict[str, int]) -> Panel:
    start = min(at for at, _ in item.acts)
    acts = tuple(
        Act(numbers[account], account, at, at - start) for at, account in item.acts if account in rows
    )
    height = _row_height(len(rows))
    bottom = TOP + height * len(rows)
    reach = max((act.after_ms for act in acts), default=0) or 1
    room = WIDTH - LEFT - RIGHT
    dots = Markup("").join(
        Markup('<circle class="n" cx="{:.1f}" cy="{:.1f}" r="{}"><title>{} · +{}</title></circle>').format(
            LEFT + room * act.after_ms / reach,
            TOP + height * (rows[act.account] + 0.5),
            3.2 if height > 7 else 2.6,  # noqa: PLR2004 (pixels)
            visible(act.account),
            short_duration(act.after_ms),
        )
        for act in acts
    )
    svg = Markup('<svg class="strip" viewBox="0 0 {} {:.0f}" aria-hidden="true">{}{}{}</svg>').format(
        WIDTH, bottom + BOTTOM, _row_marks(numbers, rows, height), _time_marks(reach, bottom), dots
    )
    return Panel(item, svg, acts)


def _row_height(rows: int) -> float:
    return 9.0 if rows <= 24 else 6.0  # noqa: PLR2004 (pixels)


def _row_marks(numbers: dict[str, int], rows: dict[str, int], height: float) -> Markup:
    """Return the number of every fifth row, as the members table numbers them, and a hairline."""
    return Markup("").join(
        _hairline(LEFT, middle, WIDTH - RIGHT, middle) + _mark(LEFT - 8, middle + 4, "end", numbers[account])
        for account, at in rows.items()
        if (at == 0 or (at + 1) % 5 == 0) and (middle := TOP + height * (at + 0.5))
    )


def _time_marks(reach_ms: int, bottom: float) -> Markup:
    """Return the time axis: a few round durations."""
    step = next((s for s in _STEPS_MS if reach_ms / s <= _TICKS_MAX), None)
    step = step or DAY_MS * (1 + reach_ms // (DAY_MS * _TICKS_MAX))
    room = WIDTH - LEFT - RIGHT
    return Markup("").join(
        _hairline(x, TOP, x, bottom) + _mark(x, bottom + 16, "middle", short_duration(at))
        for at in range(0, reach_ms + 1, step)
        if (x := LEFT + room * at / reach_ms)
    )


def _hairline(x: float, y: float, to_x: float, to_y: float) -> Markup:
    return Markup('<path class="g" d="M{:.1f} {:.1f}L{:.1f} {:.1f}"/>').format(x, y, to_x, to_y)


def _mark(x: float, y: float, anchor: str, text: object) -> Markup:
    return Markup('<text class="t" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        x, y, anchor, text
    )
