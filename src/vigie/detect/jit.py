"""Compile a numeric function with numba: cached between runs where the disk allows it, without the GIL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

Function = TypeVar("Function", bound="Callable[..., Any]")


Number = TypeVar("Number", bound=np.generic)


def fixed(values: NDArray[Number]) -> NDArray[Number]:
    """Return a view that cannot be written to.

    numba compiles anew for arrays that can: where some come from Arrow, which cannot, all are given so.
    """
    view = values.view()
    view.flags.writeable = False
    return view


def jit(function: Function) -> Function:
    """Return `function` compiled at its first call.

    numba refuses to decorate when neither the install nor the user's cache folder can be written; then the
    function is compiled anew in each process, which costs seconds and changes nothing else.
    """
    try:
        return cast("Function", numba.njit(function, cache=True, nogil=True))
    except RuntimeError:
        return cast("Function", numba.njit(function, nogil=True))
