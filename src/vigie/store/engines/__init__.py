"""Engines: where heavy counting runs. See `vigie.terms.engine`.

`local` counts in memory, and part by part through files without names when memory is short. A Spark master
(`spark://HOST:PORT`, `yarn`, `k8s://…`, or `local-cluster[…]` to try it on one machine) counts on that
cluster, with the extra `vigie[spark]`.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vigie.store.engines.local import Local
from vigie.terms.errors import BadOptionError
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.terms.engine import Engine

LOCAL = "local"
MASTER = re.compile(r"spark://.+|k8s://.+|yarn|local-cluster\[\d+,\d+,\d+\]")

__all__ = ["LOCAL", "Local", "engine_for", "usual_memory_bytes"]


@contextmanager
def engine_for(name: str, *, memory_bytes: int, threads: int) -> Iterator[Engine]:
    """Yield the engine of that name; what it holds is given back at the end.

    Args:
        name: `local`, or the master of a Spark cluster.
        memory_bytes: how much `local` may take for counting before it goes through the disk.
        threads: how many of its parts `local` counts side by side.

    Raises:
        BadOptionError: there is no such engine.
        EngineAbsentError: what it needs is not installed, or the cluster does not answer.
    """
    if name == LOCAL:
        yield Local(memory_bytes=memory_bytes, threads=threads)
    elif MASTER.fullmatch(name):
        from vigie.store.engines.spark import Spark  # noqa: PLC0415 (an extra)

        with Spark(name) as engine:
            yield engine
    else:
        raise BadOptionError(
            option="--engine",
            value=name,
            expected=say("local, or the master of a Spark cluster, such as spark://host:7077"),
        )


def usual_memory_bytes() -> int:
    """Return half of this machine's memory."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
