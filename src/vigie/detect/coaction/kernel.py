"""The loops of counting, compiled: account by account, through each act's neighbours in time.

What they count, and why so, is told in `counting`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vigie.detect.jit import jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.detect.coaction.acts import Ints


NEVER, ONE_EACH = -1, -2  # in place of the row that counted an act last
BASE_MAX = 1 << 30  # of counters that are not cleared between accounts; far from the end of 32 bits


class Rows(NamedTuple):
    """Acts with a neighbour of some accounts, account by account and object by object: what is walked."""

    first: int  # of these accounts
    start: Ints  # where each account's acts start, one more than accounts
    begin: Ints  # where each act's neighbours begin
    end: Ints
    object: Ints


class Repeats(NamedTuple):
    """Who acts on an object more than once."""

    again: NDArray[np.bool_]  # by account: whether it does on some object
    account: Ints  # of each act; ~account where it acted on this object before
    previous: Ints  # the place of that act before, -1 for none


@jit
def bounds(objects: Ints, at_ms: Ints, window_ms: int) -> tuple[Ints, Ints]:
    """Return for each act where those on its object within the window begin and end."""
    size = len(objects)
    begin = np.empty(size, np.int32)
    end = np.empty(size, np.int32)
    first = 0
    for i in range(size):
        while objects[first] != objects[i] or at_ms[i] - at_ms[first] > window_ms:
            first += 1
        begin[i] = first
    last = size
    for i in range(size - 1, -1, -1):
        while objects[last - 1] != objects[i] or at_ms[last - 1] - at_ms[i] > window_ms:
            last -= 1
        end[i] = last
    return begin, end


@jit
def joining(account: Ints, objects: Ints, begin: Ints, end: Ints, account_count: int, least: int) -> Ints:
    """Return the places of acts that have a neighbour, of accounts that have such on `least` objects."""
    reached = np.zeros(account_count, np.int32)
    last = np.full(account_count, -1, np.int32)
    for i in range(len(account)):
        who = account[i]
        if end[i] - begin[i] > 1 and last[who] != objects[i]:
            last[who] = objects[i]
            reached[who] += 1
    places = np.empty(len(account), np.int32)
    size = 0
    for i in range(len(account)):
        places[size] = i
        size += end[i] - begin[i] > 1 and reached[account[i]] >= least
    return places[:size].copy()


@jit
def rows_of(account: Ints, objects: Ints, begin: Ints, end: Ints, first: int, stop: int) -> Rows:
    """Return the rows of acts of the accounts from `first` to `stop`, in the order of objects."""
    start = np.zeros(stop - first + 1, np.int64)
    for i in range(len(account)):
        if first <= account[i] < stop and end[i] - begin[i] > 1:
            start[account[i] - first + 1] += 1
    for who in range(stop - first):
        start[who + 1] += start[who]
    free = start[:-1].copy()
    size = start[stop - first]
    row_begin, row_end = np.empty(size, np.int32), np.empty(size, np.int32)
    row_object = np.empty(size, np.int32)
    for i in range(len(account)):
        if first <= account[i] < stop and end[i] - begin[i] > 1:
            row = free[account[i] - first]
            free[account[i] - first] += 1
            row_begin[row], row_end[row], row_object[row] = begin[i], end[i], objects[i]
    return Rows(first, start, row_begin, row_end, row_object)


@jit
def repeats_of(account: Ints, objects: Ints, account_count: int) -> Repeats:
    """Return who acts on an object more than once, and when it did before."""
    again = np.zeros(account_count, np.bool_)
    marked = account.copy()
    previous = np.full(len(account), -1, np.int32)
    last = np.full(account_count, -1, np.int32)
    for i in range(len(account)):
        who = account[i]
        before = last[who]
        last[who] = i
        if before >= 0 and objects[before] == objects[i]:
            again[who] = True
            marked[i] = ~who
            previous[i] = before
    return Repeats(again, marked, previous)


@jit
def work_of(account: Ints, begin: Ints, end: Ints, account_count: int) -> Ints:
    """Return how many neighbours are walked for all accounts before each account, and for all."""
    work = np.zeros(account_count + 1, np.int64)
    for i in range(len(account)):
        work[account[i] + 1] += end[i] - begin[i]
    for who in range(account_count):
        work[who + 1] += work[who]
    return work


class _Counters(NamedTuple):
    """What one thread counts with. Nothing is cleared between two accounts: each counts on from a base."""

    objects: Ints  # on how many, above the base; less than it means none
    at: Ints  # the row of the object on which an account was counted last
    slot: Ints  # where a partner stands in the result
    found: Ints  # partners


@jit
def count_rows(
    first: int,
    stop: int,
    least: int,
    with_acts: bool,  # noqa: FBT001 (numba knows no keyword-only arguments)
    rows: Rows,
    repeats: Repeats,
) -> Ints:
    """Return a, b, objects and, where asked, acts_ab, acts_ba as rows: a from `first` to `stop`, b > a."""
    account_count = len(repeats.again)
    counters = _Counters(
        np.zeros(account_count, np.int32),
        np.full(account_count, -1, np.int32),
        np.zeros(account_count if with_acts else 0, np.int32),
        np.empty(account_count, np.int32),
    )
    size = base = first - first  # for a plain 0 numba compiles all that is called with it once more
    out: Ints = np.empty((6 if with_acts else 3, 1024), np.int32)
    for a in range(first, stop):
        row, last = rows.start[a - rows.first], rows.start[a - rows.first + 1]
        if last - row < least:
            continue
        found = _find_partners(row, last, base, least, rows, repeats, counters)
        out = _with_room(out, size, size + found)
        before, repeated = size, False
        for b in counters.found[:found]:
            if b <= a:
                continue
            objects = counters.objects[b] - base
            out[0, size], out[1, size], out[2, size] = a, b, objects
            if with_acts:
                out[3, size], out[4, size] = objects, objects
                repeated |= repeats.again[a] or repeats.again[b]
            size += 1
        if repeated:
            _count_acts(a, row, last, rows, repeats, counters.slot, out, before, size)
        base += last - row
        if base > BASE_MAX:
            counters.objects.fill(0)
            base = first - first
    return out[: len(out) - with_acts, :size].copy()


@jit
def _find_partners(
    row: int, last: int, base: int, least: int, rows: Rows, repeats: Repeats, counters: _Counters
) -> int:
    """Count for each account the objects on which it acted near an act of some rows, those of one account.

    Return how many were found with at least `least`, the one of the rows among them.
    """
    account, previous = repeats.account, repeats.previous
    count, found = counters.objects, counters.found
    size, goal = row - row, base + least
    while row < last:
        first = row
        row = _end_of_object(first, last, rows.object)
        if row - first > 1:
            size = _see_once(first, row, base, goal, repeats.account, rows, counters, size)
            continue
        begin = np.intp(rows.begin[first])
        for other in range(
            begin, np.intp(rows.end[first])
        ):  # this is where the time goes: all branches are rare
            who = account[other]
            if who < 0:  # acted on the object before, perhaps near this act too
                who = ~who
                if previous[other] >= begin:
                    continue
            b = np.uint32(who)
            counted = max(count[b], base) + 1
            count[b] = counted
            if counted == goal:
                found[size] = b
                size += 1
    return size


@jit
def _end_of_object(row: int, last: int, objects: Ints) -> int:
    """Return where the rows on the object of `row` end."""
    end = row + 1
    while end < last and objects[end] == objects[row]:
        end += 1
    return end


@jit
def _see_once(
    first: int, stop: int, base: int, goal: int, account: Ints, rows: Rows, counters: _Counters, size: int
) -> int:
    """Count the accounts near several acts on one object, each once. Return how many were found so far."""
    count, at, found = counters.objects, counters.at, counters.found
    for row in range(first, stop):
        for other in range(np.intp(rows.begin[row]), np.intp(rows.end[row])):
            who = account[other]
            b = np.uint32(who if who >= 0 else ~who)
            if at[b] == first:
                continue
            at[b] = first
            counted = max(count[b], base) + 1
            count[b] = counted
            if counted == goal:
                found[size] = b
                size += 1
    return size


@jit
def _count_acts(
    a: int,
    first: int,
    stop: int,
    rows: Rows,
    repeats: Repeats,
    slot: Ints,
    out: Ints,
    before: int,
    size: int,
) -> None:
    """Count the acts of account a near each of its partners in `out`, and theirs near one of a's.

    Only where either acts again on some object: else there is one act for each object.
    """
    for place in range(before, size):
        b = np.uint32(out[1, place])
        slot[b] = place
        out[5, place] = ONE_EACH
        if repeats.again[a] or repeats.again[b]:
            out[3, place], out[4, place], out[5, place] = 0, 0, NEVER
    for row in range(first, stop):
        begin = np.intp(rows.begin[row])
        again = row > first and rows.object[row - 1] == rows.object[row]
        counted = np.intp(rows.end[row - 1]) if again else begin  # acts before this were near an act of a
        for other in range(begin, np.intp(rows.end[row])):
            who = repeats.account[other]
            b = np.uint32(who if who >= 0 else ~who)
            place = slot[b]
            if before <= place < size and out[1, place] == b and out[5, place] >= NEVER:
                out[3, place] += out[5, place] != row
                out[5, place] = row
                out[4, place] += other >= counted


@jit
def _with_room(out: Ints, size: int, room: int) -> Ints:
    """Return `out` with room for so many columns, the first `size` kept."""
    if room <= out.shape[1]:
        return out
    wider = np.empty((out.shape[0], max(2 * out.shape[1], room)), out.dtype)
    for line in range(len(out)):  # to assign slices, numba compiles seconds of messages of errors
        for place in range(size):
            wider[line, place] = out[line, place]
    return wider
