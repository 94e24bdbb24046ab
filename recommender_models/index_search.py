"""
Finding the items with the greatest inner product: a faiss index, mapped into memory.

The index knows positions; `rows` says which item stands at each, so that items without a vector
are never found. A query asked alone depends on nothing beside it. faiss is imported by the first
index: a server whose tenants have none starts without it.
"""

from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from recommender_store.artifacts.arrays import map_array, save_array

from .protocol import Rows

_KINDS = {
    "IndexPQFastScan": "codes",
    "IndexIVFPQFastScan": "ivf",
    "IndexIVFFlat": "ivf",
    "IndexHNSWFlat": "hnsw",
}
"""By the names of faiss's classes; the latter two as older trainings built them."""
_MULTIPLIED_IN_BLOCKS = 4096
"""Numbers of all queries from which on they are: more than one alone has."""


@cache
def _faiss() -> Any:
    import faiss

    faiss.cvar.distance_compute_blas_threshold = _MULTIPLIED_IN_BLOCKS
    return faiss


class ItemIndex:
    """Vectors of items behind an index for inner products."""

    def __init__(self, index: Any, rows: Rows) -> None:
        self._index = index
        self._rows = rows

    @property
    def kind(self) -> str:
        """`flat` is exact; `codes` are gone through, `ivf` is cells of them; `hnsw` is a graph."""
        return _KINDS.get(type(self._index).__name__, "flat")

    def __len__(self) -> int:
        return len(self._rows)

    def search(self, vector: NDArray[np.float32], n: int) -> Rows:
        """The rows of about the n best items for a vector [factors], in no order."""
        return self.search_each(vector[None], n)[0]

    def search_each(self, vectors: NDArray[np.float32], n: int) -> list[Rows]:
        """
        The same for several vectors [queries, factors], which share what is read of the items.

        Of many, exact search multiplies whole blocks, which add up in another order: what all but
        ties with the last one found may stand in its place.
        """
        wanted = min(n, len(self._rows))
        if not wanted:
            return [self._rows[:0]] * len(vectors)
        # More threads for one query cost more than they give: they spin while they wait for work,
        # several times the query's own time where others need the cores.
        _faiss().omp_set_num_threads(1)
        _, positions = self._index.search(np.ascontiguousarray(vectors, np.float32), wanted)
        return [np.asarray(self._rows[found[found >= 0]]) for found in positions]

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        _faiss().write_index(self._index, str(folder / "index.faiss"))
        save_array(folder / "index_rows.npy", self._rows)

    @classmethod
    def from_path(cls, folder: Path) -> Self:
        faiss = _faiss()
        index = faiss.read_index(str(folder / "index.faiss"), faiss.IO_FLAG_MMAP_IFC)
        return cls(index, map_array(folder / "index_rows.npy"))
