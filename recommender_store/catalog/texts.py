"""
Texts by number: each once, looked up both ways, most of them lying in arrays that a file maps.

Nothing of a file is decoded before it is asked for, so that opening a million titles costs nothing
and takes no memory of a process's own. Reads and writes no file itself.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import accumulate
from types import MappingProxyType
from typing import NamedTuple, Self, overload

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

_HASH = np.dtype("<u8")


class TextArrays(NamedTuple):
    """n texts, and a way from a text to its number."""

    starts: NDArray[np.int64]
    """[n + 1]: where each text begins in `characters`, and the end of the last."""
    characters: NDArray[np.uint8]
    """UTF-8."""
    hashes: NDArray[np.uint64]
    """[n], ascending."""
    order: NDArray[np.int32]
    """[n]: the number of the text that each hash is of."""

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        encoded = [text.encode() for text in texts]
        starts = np.fromiter(accumulate(map(len, encoded), initial=0), np.int64, len(encoded) + 1)
        hashes = np.frombuffer(b"".join(map(_hash, encoded)), _HASH)
        order = np.argsort(hashes, kind="stable").astype(np.int32)
        return cls(starts, np.frombuffer(b"".join(encoded), np.uint8), hashes[order], order)

    def text(self, number: int) -> str:
        return self.characters[self.starts[number] : self.starts[number + 1]].tobytes().decode()

    def number_of(self, text: str) -> int | None:
        wanted = np.frombuffer(_hash(text.encode()), _HASH)[0]
        first, last = np.searchsorted(self.hashes, wanted), len(self.hashes)
        while first < last and self.hashes[first] == wanted:
            number = int(self.order[first])
            if self.text(number) == text:
                return number
            first += 1
        return None


def _hash(encoded: bytes) -> bytes:
    return blake2b(encoded, digest_size=8).digest()


NO_ARRAYS = TextArrays.of(())
_NONE: Mapping[str, int] = MappingProxyType({})


class Texts(Sequence[str]):
    """Those of the arrays, numbered from 0, and behind them those that came later. Immutable."""

    def __init__(self, arrays: TextArrays = NO_ARRAYS, later: Mapping[str, int] = _NONE) -> None:
        """`later` holds none of the arrays' texts, in the order of their numbers."""
        self._arrays = arrays
        self._later = later
        self._later_texts = list(later)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """Each once, in order of appearance."""
        return cls(NO_ARRAYS, {text: at for at, text in enumerate(dict.fromkeys(texts))})

    @override
    def __len__(self) -> int:
        return len(self._arrays.order) + len(self._later_texts)

    @overload
    def __getitem__(self, number: int) -> str: ...
    @overload
    def __getitem__(self, number: slice) -> list[str]: ...
    @override
    def __getitem__(self, number: int | slice) -> str | list[str]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        beyond = number - len(self._arrays.order)
        return self._arrays.text(number) if beyond < 0 else self._later_texts[beyond]

    @override
    def __iter__(self) -> Iterator[str]:
        yield from map(self._arrays.text, range(len(self._arrays.order)))
        yield from self._later_texts

    def number_of(self, text: str) -> int | None:
        """None for a text that is not among them."""
        number = self._later.get(text)
        return self._arrays.number_of(text) if number is None else number

    def numbers_of(self, texts: Iterable[str]) -> tuple[list[int], "Texts"]:
        """The number of each text, and all texts: the same where each was among them."""
        known: dict[str, int] = {}
        new: dict[str, int] = {}
        numbers = []
        for text in texts:
            number = known.get(text)
            if number is None:
                number = self.number_of(text)
                if number is None:
                    number = new.setdefault(text, len(self) + len(new))
                known[text] = number
            numbers.append(number)
        return numbers, Texts(self._arrays, {**self._later, **new}) if new else self

    def without(self, is_said: NDArray[np.bool_]) -> "Texts":
        """Those alone of which this is said, in their order, numbered anew."""
        return Texts.of(
            text for text, is_kept in zip(self, is_said.tolist(), strict=True) if is_kept
        )

    def arrays(self) -> TextArrays:
        """All of them."""
        return TextArrays.of(list(self)) if self._later_texts else self._arrays
