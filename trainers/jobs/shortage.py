"""
What the machine lacks, told in a sentence and with a code instead of a traceback.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trainers.errors import MemoryExhausted, TrainerError, WorkspaceFull, WorkspaceReadOnly

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_NO_MEMORY = ("bad_alloc", "can't start new thread")
"""What libraries in C++, and threads, say of it."""
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


@contextmanager
def told(place: Path) -> Iterator[None]:
    """
    Around the steps of a run that works below `place`.

    Raises:
        WorkspaceFull, WorkspaceReadOnly, MemoryExhausted: instead of what the system says.
    """
    from duckdb import Error

    try:
        yield
    except (MemoryError, OSError, RuntimeError, Error) as error:
        lacking = _lacking(error, place)
        if lacking is None:
            raise
        raise lacking from error


def _lacking(error: Exception, place: Path) -> TrainerError | None:
    if _is_memory(error):
        return MemoryExhausted(detail=_first_line(error))
    if _is_room(error):
        return WorkspaceFull(folder=str(place))
    if isinstance(error, OSError) and error.errno in _READ_ONLY:
        reason = f"{error.filename}: {error.strerror}"
        return WorkspaceReadOnly(folder=str(place), reason=reason)
    return None


def _is_memory(error: Exception) -> bool:
    from duckdb import OutOfMemoryException

    if isinstance(error, RuntimeError):
        return any(words in str(error) for words in _NO_MEMORY)
    is_said = isinstance(error, OSError) and error.errno == errno.ENOMEM
    return is_said or isinstance(error, (MemoryError, OutOfMemoryException))


def _is_room(error: Exception) -> bool:
    from duckdb import IOException

    if isinstance(error, IOException):
        return "No space left" in str(error)
    return isinstance(error, OSError) and (error.errno in _FULL or _is_cut_array(error))


def _is_cut_array(error: OSError) -> bool:
    """What numpy says of a disk that is full: how much it wanted to write, without an errno."""
    return error.errno is None and "requested and" in str(error)


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or "no more is said of it"
