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


BYTES_AT_ONCE = 32  # that are cleared in the time of one step of a walk


class Rows(NamedTuple):
    """Acts with a neighbour, account by account and object by object: what the kernel walks through."""

    start: Ints  # where each account's acts start, one more than accounts
    begin: Ints  # where each act's neighbours begin
    end: Ints
    object: Ints
    again: NDArray[np.bool_]  # by account: whether it acts on some object more than once
    previous: Ints  # not by row: the place of each act's account's act before it on its object, -1 for none


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
def rows_of(account: Ints, objects: Ints, begin: Ints, end: Ints, account_count: int) -> Rows:
    """Return the rows of acts in the order of objects."""
    start = np.zeros(account_count + 1, np.int64)
    for i in range(len(account)):
        if end[i] - begin[i] > 1:
            start[account[i] + 1] += 1
    for who in range(account_count):
        start[who + 1] += start[who]
    free = start[:-1].copy()
    size = start[account_count]
    row_begin, row_end = np.empty(size, np.int32), np.empty(size, np.int32)
    row_object = np.empty(size, np.int32)
    again, previous = _repeated(account, objects, account_count)
    for i in range(len(account)):
        if end[i] - begin[i] > 1:
            row = free[account[i]]
            free[account[i]] += 1
            row_begin[row], row_end[row], row_object[row] = begin[i], end[i], objects[i]
    return Rows(start, row_begin, row_end, row_object, again, previous)


@jit
def _repeated(account: Ints, objects: Ints, account_count: int) -> tuple[NDArray[np.bool_], Ints]:
    """Tell of each account whether it acts on some object more than once, and of each act its `previous`."""
    again = np.zeros(account_count, np.bool_)
    previous = np.empty(len(account), np.int32)
    last = np.full(account_count, -1, np.int32)
    for i in range(len(account)):
        before = last[account[i]]
        last[account[i]] = i
        previous[i] = -1
        if before >= 0 and objects[before] == objects[i]:
            again[account[i]] = True
            previous[i] = before
    return again, previous


@jit
def work_of(rows: Rows) -> Ints:
    """Return how many neighbours are walked for all accounts before each account, and for all."""
    work = np.zeros(len(rows.start), np.int64)
    for who in range(len(rows.start) - 1):
        total = work[who]
        for row in range(rows.start[who], rows.start[who + 1]):
            total += rows.end[row] - rows.begin[row]
        work[who + 1] = total
    return work


class _Counters(NamedTuple):
    """What one thread counts with: nothing is set between two accounts."""

    seen: Ints  # a bit for each account: it acted on one of the objects; small enough to stay in the cache
    here: Ints  # the same, of one object or of some partners
    more: Ints  # on how many further objects
    slot: Ints  # where a partner stands in the result
    found: Ints  # partners


@jit
def count_rows(first: int, stop: int, least: int, account: Ints, rows: Rows) -> Ints:
    """Return a, b, objects, acts_ab, acts_ba as rows, for accounts a from `first` to `stop`, and b > a."""
    account_count = len(rows.start) - 1
    counters = _Counters(
        np.zeros(account_count // 8 + 1, np.uint8),
        np.zeros(account_count // 8 + 1, np.uint8),
        np.zeros(account_count, np.int32),
        np.empty(account_count, np.int32),
        np.empty(account_count, np.int32),
    )
    size = 0
    out: Ints = np.empty((6, 1024), np.int32)
    for a in range(first, stop):
        if rows.start[a + 1] - rows.start[a] < least:
            continue
        found = _find_partners(a, least, account, rows, counters)
        _forget(a, account, rows, counters.seen)
        out = _with_room(out, size, size + found)
        before = size
        repeated = 0
        for b in counters.found[:found]:
            objects = counters.more[b] + 1
            counters.more[b] = 0
            if objects >= least and b > a:
                out[0, size], out[1, size] = a, b
                out[2, size], out[3, size], out[4, size] = objects, objects, objects
                size += 1
                repeated += rows.again[a] or rows.again[b]
        if repeated:
            _count_acts(a, account, rows, counters, out, before, size)
    return out[:5, :size].copy()


@jit
def _find_partners(a: int, least: int, account: Ints, rows: Rows, counters: _Counters) -> int:
    """Count for each partner the further objects that account a acted on together with it, after the first.

    Return how many partners were found: of one object where `least` is 1, else of two.
    """
    seen, more, found, previous = counters.seen, counters.more, counters.found, rows.previous
    size = 0
    row, last = rows.start[a], rows.start[a + 1]
    while row < last:
        first = row
        row = _end_of_object(first, last, rows.object)
        if row - first > 1:
            size = _see_once(first, row, least, account, rows, counters, size)
            continue
        begin = np.intp(rows.begin[first])
        for other in range(begin, np.intp(rows.end[first])):  # no call in here: this is where the time goes
            b = np.uint32(account[other])
            bit = np.uint8(1 << (b & 7))
            byte = seen[b >> 3]
            if not byte & bit:
                seen[b >> 3] = byte | bit
                if least == 1:
                    found[size] = b
                    size += 1
            elif previous[other] < begin:  # its first act there
                if more[b] == 0 and least > 1:
                    found[size] = b
                    size += 1
                more[b] += 1
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
    first: int, stop: int, least: int, account: Ints, rows: Rows, counters: _Counters, size: int
) -> int:
    """Count the accounts near several acts on one object, each once. Return how many were found so far."""
    seen, here, more, found = counters.seen, counters.here, counters.more, counters.found
    for row in range(first, stop):
        for other in range(np.intp(rows.begin[row]), np.intp(rows.end[row])):
            b = np.uint32(account[other])
            bit = np.uint8(1 << (b & 7))
            if here[b >> 3] & bit:
                continue
            here[b >> 3] |= bit
            is_first = not seen[b >> 3] & bit
            seen[b >> 3] |= bit
            if (is_first and least == 1) or (not is_first and more[b] == 0 and least > 1):
                found[size] = b
                size += 1
            more[b] += not is_first
    _clear(first, stop, account, rows, here)
    return size


@jit
def _forget(a: int, account: Ints, rows: Rows, seen: Ints) -> None:
    """Clear the bits of all partners of account a, the shorter way."""
    walked = 0
    for row in range(rows.start[a], rows.start[a + 1]):
        walked += rows.end[row] - rows.begin[row]
    if walked > len(seen) // BYTES_AT_ONCE:
        seen[:] = 0
    else:
        _clear(rows.start[a], rows.start[a + 1], account, rows, seen)


@jit
def _clear(first: int, stop: int, account: Ints, rows: Rows, bits: Ints) -> None:
    """Clear the bits of all who are near the acts of some rows."""
    for row in range(first, stop):
        for other in range(np.intp(rows.begin[row]), np.intp(rows.end[row])):
            bits[np.uint32(account[other]) >> 3] = 0


@jit
def _count_acts(
    a: int, account: Ints, rows: Rows, counters: _Counters, out: Ints, first: int, stop: int
) -> None:
    """Count the acts of account a near each of its partners in `out`, and theirs near one of a's.

    Only where either acts again on some object: else there is one act for each object.
    """
    marked, slot = counters.here, counters.slot
    for place in range(first, stop):
        b = np.uint32(out[1, place])
        if rows.again[a] or rows.again[b]:
            out[3, place], out[4, place], out[5, place] = 0, 0, -1
            slot[b] = place
            marked[b >> 3] |= np.uint8(1 << (b & 7))
    for row in range(rows.start[a], rows.start[a + 1]):
        begin = np.intp(rows.begin[row])
        again = row > rows.start[a] and rows.object[row - 1] == rows.object[row]
        counted = np.intp(rows.end[row - 1]) if again else begin  # acts before this were near an act of a
        for other in range(begin, np.intp(rows.end[row])):
            b = np.uint32(account[other])
            if not marked[b >> 3] & np.uint8(1 << (b & 7)):
                continue
            place = slot[b]
            out[3, place] += out[5, place] != row
            out[5, place] = row
            out[4, place] += other >= counted
    for place in range(first, stop):
        marked[np.uint32(out[1, place]) >> 3] = 0


@jit
def _with_room(out: Ints, size: int, room: int) -> Ints:
    """Return `out` with room for so many columns, the first `size` kept."""
    if room <= out.shape[1]:
        return out
    wider = np.empty((out.shape[0], max(2 * out.shape[1], room)), out.dtype)
    wider[:, :size] = out[:, :size]
    return wider
