"""Acts as arrays of codes, for peers written with numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, kw_only=True)
class Coded:
    """Acts sorted by object and time."""

    account: np.ndarray
    object: np.ndarray
    at_ms: np.ndarray
    names: pa.Array

    def of(self, accounts: Iterable[int]) -> set[str]:
        """Return the names of account codes."""
        return set(self.names.take(pa.array(np.unique(np.asarray(list(accounts), np.int64)))).to_pylist())

    def codes(self, names: pa.ChunkedArray) -> np.ndarray:
        """Return the codes of dictionary-encoded names."""
        code = {name: number for number, name in enumerate(self.names.to_pylist())}
        encoded = names.combine_chunks()
        of_dictionary = np.array([code[name] for name in encoded.dictionary.to_pylist()], np.int64)
        return of_dictionary[encoded.indices.to_numpy()]

    def matrix(self) -> sparse.csr_matrix:
        """Return how often each account acted on each object."""
        shape = (len(self.names), int(self.object.max()) + 1)
        ones = np.ones(len(self.account), np.float32)
        return sparse.csr_matrix((ones, (self.account, self.object)), shape=shape)


def coded(acts: pa.Table) -> Coded:
    """Return acts as codes."""
    account = acts.column("account").combine_chunks().dictionary_encode()
    thing = acts.column("object").combine_chunks().dictionary_encode()
    who, what = account.indices.to_numpy().astype(np.int64), thing.indices.to_numpy().astype(np.int64)
    at_ms = acts.column("at_ms").to_numpy()
    order = np.lexsort((at_ms, what))
    return Coded(account=who[order], object=what[order], at_ms=at_ms[order], names=account.dictionary)
