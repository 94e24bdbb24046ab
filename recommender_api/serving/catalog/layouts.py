"""
A tenant's layouts on this machine's disk, one for each set of items that a model knows: made by the
first process that needs one, mapped by all.

A layout is a copy. One that cannot be read, or does not belong to what the store says, is made
anew; where there is no room for it, it is kept in memory.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple, Self

import msgspec
import numpy as np
import structlog
from numpy.typing import NDArray

from recommender_models.bundle import Bundle
from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.artifacts.vocabulary import Vocabulary
from recommender_store.catalog.array_file import ArrayFile

from .layout import About, Layout

KEPT_LEAST = 5_000
"""Items; fewer are read from the store as quickly."""

_NAMED = "catalog-"

ITEMS_FILE = "items.marisa"
"""As a bundle calls it."""

_UNREADABLE = (OSError, ValueError, RuntimeError, msgspec.MsgspecError)
"""What numpy, marisa and msgspec raise over files that are not what they were."""

_log = structlog.get_logger()


class ModelItems(NamedTuple):
    """The items of a bundle."""

    vocabulary: Vocabulary
    sha256: str
    """Of their file."""

    @classmethod
    def of(cls, bundle: Bundle) -> Self:
        return cls(bundle.items, bundle.manifest.files[ITEMS_FILE].sha256)


class Layouts:
    """Those of one tenant."""

    def __init__(self, cache: LocalCache, owner: str, kept_least: int = KEPT_LEAST) -> None:
        self._cache = cache
        self._owner = owner
        self._kept_least = kept_least

    def find(self, sha256: str | None) -> Layout | None:
        """The layout that is kept for these items of a bundle; None: for no bundle."""
        folder = self._cache.find(self._owner, _name(sha256))
        layout = self._opened(folder) if folder is not None else None
        return layout if layout is not None and layout.sha256 == sha256 else None

    def find_any(self) -> Layout | None:
        """The layout that was used last, whatever bundle it is for."""
        for folder in self._cache.find_all(self._owner, _NAMED):
            layout = self._opened(folder)
            if layout is not None and folder.name == _name(layout.sha256):
                return layout
        return None

    def _opened(self, folder: Path) -> Layout | None:
        try:
            return _open(folder)
        except _UNREADABLE as error:
            _log.warning("layout_unreadable", tenant_id=self._owner, exc_info=error)
            return None

    def making(self) -> AbstractContextManager[None]:
        """One process at a time; the others had better look afterwards."""
        return self._cache.alone(self._owner)

    def scratch(self) -> AbstractContextManager[Path]:
        """A folder for as long as the block lasts."""
        return self._cache.scratch(self._owner)

    def keep(
        self,
        model: ModelItems | None,
        others: Vocabulary,
        arrays: Mapping[str, NDArray[Any]],
        about: About,
    ) -> Layout:
        """The layout, on disk where it is large and there is room."""
        if about.row_count >= self._kept_least:
            try:
                self._write(model, others, arrays, about)
                kept = self.find(model.sha256 if model is not None else None)
                if kept is not None:
                    return kept
            except OSError as error:
                _log.warning("layout_not_kept", tenant_id=self._owner, exc_info=error)
        return self.hold(model, others, arrays, about)

    @staticmethod
    def hold(
        model: ModelItems | None,
        others: Vocabulary,
        arrays: Mapping[str, NDArray[Any]],
        about: About,
    ) -> Layout:
        """The layout, in this process's memory."""
        vocabulary = model.vocabulary if model is not None else None
        size_bytes = sum(array.nbytes for array in arrays.values())
        return Layout(about, vocabulary, others, lambda: _copied(arrays), size_bytes)

    def _write(
        self,
        model: ModelItems | None,
        others: Vocabulary,
        arrays: Mapping[str, NDArray[Any]],
        about: About,
    ) -> None:
        with self._cache.making(self._owner, _name(model.sha256 if model else None)) as folder:
            if model is not None:
                model.vocabulary.save(folder / ITEMS_FILE)
            others.save(folder / "others.marisa")
            ArrayFile.write(folder / "arrays", arrays, msgspec.to_builtins(about))
        alone = self._cache.find(self._owner, _name(None)) if model is not None else None
        if alone is not None:
            self._cache.discard(alone)  # all that it says stands in this one too


def _name(sha256: str | None) -> str:
    return f"{_NAMED}{sha256[:16] if sha256 is not None else 'alone'}"


def _open(folder: Path) -> Layout:
    file = ArrayFile(folder / "arrays")
    about = msgspec.convert(file.about, About)
    vocabulary = Vocabulary.open(folder / ITEMS_FILE) if about.sha256 is not None else None
    others = Vocabulary.open(folder / "others.marisa")
    return Layout(about, vocabulary, others, file.arrays, file.size_bytes)


def _copied(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {name: np.array(array) for name, array in arrays.items()}
