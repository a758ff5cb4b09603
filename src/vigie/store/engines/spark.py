"""Counting on an Apache Spark cluster: the same kernels in its workers, whole numbers added up by Spark.

Rows go from here to the workers as Arrow tables, shuffled by what keeps them together; each worker counts
its parts (`mapInArrow`); Spark adds up what they yield and drops what does not reach the least. Workers
import the kernels from their own installation of Vigie, which must be of the same version.

https://spark.apache.org/docs/latest/api/python/reference/pyspark.sql/api/pyspark.sql.DataFrame.mapInArrow.html
"""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from vigie.store.engines.errors import EngineAbsentError, EngineFailedError
from vigie.store.engines.local import in_order
from vigie.terms.languages import say
from vigie.terms.progress import Progress, silent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vigie.terms.engine import Part, Work

PARTS_PER_CORE = 3  # small enough that one slow part keeps nobody waiting for long
ONE_MACHINE = "local-cluster"
REASON_LENGTH = 300
SETTINGS = {
    "spark.app.name": "vigie",
    "spark.log.level": "ERROR",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.driver.maxResultSize": "0",  # what is left is the result, and it comes here whole
}
HERE = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}


class Spark:
    """Counts on a cluster; a context manager that holds one session.

    Args:
        master: of the cluster, as Spark writes it.
    """

    def __init__(self, master: str) -> None:
        self._master = master
        self._session: Any = None

    def __enter__(self) -> Self:
        """Connect.

        Raises:
            EngineAbsentError: pyspark or Java is missing, or the cluster does not answer.
        """
        try:
            import pyspark  # noqa: PLC0415 (an extra)
        except ImportError as error:
            raise EngineAbsentError(engine=self._master, reason=say("pyspark is not installed")) from error
        if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
            raise EngineAbsentError(engine=self._master, reason=say("there is no Java on this machine"))
        try:
            with _only_arrow():
                self._session = self._connected(Path(pyspark.__file__).parent)
        except _errors() as error:
            raise EngineAbsentError(engine=self._master, reason=_reason(error)) from error
        return self

    def _connected(self, home: Path) -> Any:
        from pyspark.sql import SparkSession  # noqa: PLC0415 (an extra)

        settings = dict(SETTINGS)
        if self._master.startswith(ONE_MACHINE):
            settings |= HERE
            os.environ.setdefault("SPARK_HOME", str(home))
            os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
            settings["spark.executor.memory"] = f"{self._master.rstrip(']').rpartition(',')[2]}m"
        builder = SparkSession.builder.master(self._master)
        for name, value in settings.items():
            builder = builder.config(name, value)
        return builder.getOrCreate()

    def __exit__(self, *_: object) -> None:
        application = self._session.sparkContext.applicationId
        with suppress(*_errors()):  # it is gone already
            self._session.stop()
        if self._master.startswith(ONE_MACHINE):  # its workers keep their folders there
            shutil.rmtree(Path(os.environ["SPARK_HOME"]) / "work" / application, ignore_errors=True)

    def summed(self, work: Work, *, progress: Progress = silent) -> pa.Table:
        """Return one row per key that reaches the least, sorted by keys.

        Raises:
            EngineFailedError: the cluster gave up.
        """
        progress(0, None)
        try:
            with _only_arrow():
                table = self._summed(work)
        except _errors() as error:
            raise EngineFailedError(engine=self._master, reason=_reason(error)) from error
        return in_order(table, work)

    def _summed(self, work: Work) -> pa.Table:
        from pyspark.sql import functions  # noqa: PLC0415 (an extra)
        from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415

        rows = work.rows()
        if not rows.num_rows:
            return work.schema.empty_table()
        parts = PARTS_PER_CORE * self._session.sparkContext.defaultParallelism
        counted = (
            self._session.createDataFrame(rows)
            .repartition(parts, work.split_by)
            .mapInArrow(_InWorker(work.part), from_arrow_schema(work.schema))
        )
        sums = [functions.sum(name).alias(name) for name in work.schema.names if name not in work.keys]
        added = counted.groupBy(*work.keys).agg(*sums)
        return added.where(functions.col(work.reaching) >= work.least).select(*work.schema.names).toArrow()


@dataclass(frozen=True)
class _InWorker:
    """Does a part in a worker, where all rows of one partition come in batches."""

    part: Part

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield what they hold, in batches."""
        together = list(batches)
        if together:
            for table in self.part(pa.Table.from_batches(together).combine_chunks()):
                yield from table.to_batches()


def _errors() -> tuple[type[Exception], ...]:
    from py4j.protocol import Py4JError  # noqa: PLC0415 (comes with pyspark)
    from pyspark.errors import PySparkException  # noqa: PLC0415

    return (Py4JError, PySparkException, ConnectionError)  # the last when its Java process died


@contextmanager
def _only_arrow() -> Iterator[None]:
    """Let PySpark not warn of a pandas that is newer than it knows: it is given Arrow tables alone."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        yield


def _reason(error: Exception) -> str:
    """Return the first line of what Spark says, shortened."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:REASON_LENGTH]
