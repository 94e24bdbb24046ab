"""
What the machine lacks, told in a sentence and with a code instead of a traceback.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trainers.errors import MemoryExhausted, WorkspaceFull, WorkspaceReadOnly

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


@contextmanager
def told(place: Path) -> Iterator[None]:
    """
    Around the steps of a run that works below `place`.

    Raises:
        WorkspaceFull, WorkspaceReadOnly, MemoryExhausted: instead of what the system says.
    """
    from duckdb import IOException, OutOfMemoryException

    try:
        yield
    except (MemoryError, OutOfMemoryException) as error:
        raise MemoryExhausted(detail=_first_line(error)) from error
    except IOException as error:
        if "No space left" in str(error):
            raise WorkspaceFull(folder=str(place)) from error
        raise
    except OSError as error:
        if error.errno in _FULL or _is_cut_array(error):
            raise WorkspaceFull(folder=str(place)) from error
        if error.errno in _READ_ONLY:
            reason = f"{error.filename}: {error.strerror}"
            raise WorkspaceReadOnly(folder=str(place), reason=reason) from error
        raise


def _is_cut_array(error: OSError) -> bool:
    """What numpy says of a disk that is full: how much it wanted to write, without an errno."""
    return error.errno is None and "requested and" in str(error)


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or "no more is said of it"
