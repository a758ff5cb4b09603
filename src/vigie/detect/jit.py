"""Compile a numeric function with numba: cached between runs where the disk allows it, without the GIL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

Function = TypeVar("Function", bound="Callable[..., Any]")


def jit(function: Function) -> Function:
    """Return `function` compiled at its first call.

    numba refuses to decorate when neither the install nor the user's cache folder can be written; then the
    function is compiled anew in each process, which costs seconds and changes nothing else.
    """
    try:
        return cast("Function", numba.njit(function, cache=True, nogil=True))
    except RuntimeError:
        return cast("Function", numba.njit(function, nogil=True))
