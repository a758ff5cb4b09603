"""Acts as arrays of codes, in the one order every later step relies on: by object, time, account, post."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from vigie.detect.jit import fixed, jit
from vigie.terms.errors import UnfitTableError
from vigie.terms.languages import say

if TYPE_CHECKING:
    from typing import Any

Ints: TypeAlias = NDArray[np.integer["Any"]]
Floats: TypeAlias = NDArray[np.float64]

EXPECTED = {
    "account": (say("text"), lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind)),
    "object": (say("text"), lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind)),
    "at_ms": (say("whole milliseconds since 1970 UTC, int64"), pa.types.is_int64),
}


@dataclass(frozen=True, kw_only=True)
class Acts:
    """Who acted on what when, one row per act, sorted by object, time, account and post.

    `account` and `object` are codes (int32) into `account_names` and `object_names`, `at_ms` int64, `post`
    int64: two acts of one account on one object with the same post are one act.
    """

    account: Ints
    object: Ints
    at_ms: Ints
    post: Ints
    account_names: pa.Array
    object_names: pa.Array

    @property
    def account_count(self) -> int:
        """How many accounts have a code, whether they still act or not."""
        return len(self.account_names)

    @property
    def object_count(self) -> int:
        """How many objects have a code."""
        return len(self.object_names)

    @property
    def posts_act_again(self) -> bool:
        """Whether some post acts on more than one object, or more than once."""
        in_order = np.sort(self.post)
        return bool((in_order[1:] == in_order[:-1]).any())

    def at(self, places: Ints) -> Acts:
        """Return only the acts at `places`, ascending; codes stay."""
        return replace(
            self,
            account=self.account[places],
            object=self.object[places],
            at_ms=self.at_ms[places],
            post=self.post[places],
        )

    def with_accounts(self, account: Ints) -> Acts:
        """Return the same acts done by other accounts; the order within one time may then differ."""
        return replace(self, account=account)


def acts_from(actions: pa.Table, *, canonical: bool = False) -> Acts:
    """Return the acts of a table.

    Args:
        actions: one row per act: `account` text, `object` text (either may be dictionary-encoded), `at_ms`
            int64, milliseconds since 1970 UTC; `post` int64, optional: which post did it. Rows with a null
            name no act and are left out; without `post` each row is a post of its own.
        canonical: give codes in the order of names, so that the order of rows changes nothing that follows.

    Raises:
        UnfitTableError: a column is missing or of another type.
    """
    _check(actions)
    actions = _complete(actions)
    account, account_names = _codes(actions.column("account"), canonical=canonical)
    objects, object_names = _codes(actions.column("object"), canonical=canonical)
    at_ms = actions.column("at_ms").to_numpy()
    if "post" in actions.column_names:
        post = actions.column("post").to_numpy()
    else:
        post = np.arange(len(at_ms), dtype=np.int64)
    order = _order(objects, at_ms, account, post, len(object_names))
    return Acts(
        account=account[order],
        object=objects[order],
        at_ms=at_ms[order],
        post=post[order],
        account_names=account_names,
        object_names=object_names,
    )


def _check(actions: pa.Table) -> None:
    for name, (expected, fits) in EXPECTED.items():
        kind = actions.schema.field(name).type if name in actions.column_names else pa.null()
        if not fits(kind.value_type if pa.types.is_dictionary(kind) else kind):
            raise UnfitTableError(column=name, expected=expected, stage="coaction")


def _complete(actions: pa.Table) -> pa.Table:
    if not any(actions.column(name).null_count for name in EXPECTED):
        return actions
    keep = pc.and_(*(pc.is_valid(actions.column(name)) for name in ("account", "object")))
    return actions.filter(pc.and_(keep, pc.is_valid(actions.column("at_ms"))))


def _codes(column: pa.ChunkedArray, *, canonical: bool) -> tuple[Ints, pa.Array]:
    """Return each row's code and the names; the same name has one code whatever chunk it is in."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    elif column.num_chunks > 1:
        column = column.unify_dictionaries()
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):  # of no chunks
        whole = pa.array([], type=column.type)
    codes = whole.indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return _by_name(codes, whole.dictionary) if canonical else (codes, whole.dictionary)


def _by_name(codes: Ints, names: pa.Array) -> tuple[Ints, pa.Array]:
    """Return codes in the order of names, of the names that occur."""
    occurring = np.flatnonzero(np.bincount(codes, minlength=len(names)))
    names = names.take(pa.array(occurring))
    order = pc.sort_indices(names)
    rank = np.zeros(int(occurring[-1]) + 1 if len(occurring) else 0, np.int32)
    rank[occurring[order.to_numpy()]] = np.arange(len(names), dtype=np.int32)
    return rank[codes], names.take(order)


def _order(objects: Ints, at_ms: Ints, account: Ints, post: Ints, object_count: int) -> Ints:
    """Return the rows' order by object, time, account and post, one row per act."""
    objects, at_ms, account, post = fixed(objects), fixed(at_ms), fixed(account), fixed(post)
    by_time = np.arange(len(at_ms)) if _is_sorted(at_ms) else np.argsort(at_ms, kind="stable")
    by_object = stable_by_key(objects, by_time, object_count)
    _settle_ties(by_object, objects, at_ms, account, post)
    return by_object[_is_new(by_object, objects, at_ms, account, post)]


@jit
def _is_sorted(values: Ints) -> bool:
    for i in range(1, len(values)):  # noqa: SIM110 (numba compiles no generator)
        if values[i - 1] > values[i]:
            return False
    return True


@jit
def stable_by_key(keys: Ints, order: Ints, key_count: int) -> Ints:
    """Return `order` sorted by key, equal keys staying as they were (counting sort)."""
    place = np.zeros(key_count + 1, np.int64)
    for key in keys:
        place[key + 1] += 1
    for key in range(key_count):
        place[key + 1] += place[key]
    result = np.empty(len(order), np.int64)
    for row in order:
        key = keys[row]
        result[place[key]] = row
        place[key] += 1
    return result


def _settle_ties(order: Ints, objects: Ints, at_ms: Ints, account: Ints, post: Ints) -> None:
    """Sort each run of the same object and time by account and post, in place."""
    tied = _ties(order, objects, at_ms)
    run = np.cumsum(tied != _TIED_WITH_PREVIOUS)
    places = np.flatnonzero(tied)
    rows = order[places]
    order[places] = rows[np.lexsort((post[rows], account[rows], run[places]))]


_TIED_WITH_PREVIOUS = 2


@jit
def _ties(order: Ints, objects: Ints, at_ms: Ints) -> Ints:
    """Return 0 for a row alone at its object and time, 1 for the first of several, 2 for those after it."""
    tied = np.zeros(len(order), np.uint8)
    for i in range(1, len(order)):
        if objects[order[i]] == objects[order[i - 1]] and at_ms[order[i]] == at_ms[order[i - 1]]:
            tied[i] = 2
            if tied[i - 1] == 0:
                tied[i - 1] = 1
    return tied


@jit
def _is_new(order: Ints, objects: Ints, at_ms: Ints, account: Ints, post: Ints) -> NDArray[np.bool_]:
    """Tell for each place in `order` whether it is another act than the place before."""
    new = np.ones(len(order), np.bool_)
    for i in range(1, len(order)):
        here, before = order[i], order[i - 1]
        new[i] = (
            objects[here] != objects[before]
            or at_ms[here] != at_ms[before]
            or account[here] != account[before]
            or post[here] != post[before]
        )
    return new
