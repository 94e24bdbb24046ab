"""
What can go wrong with the log of events; the root is the store's.

    StoreError
    ├── LogFileCorrupt       log_file_corrupt      a compacted file that is not what was written
    ├── LogMoved             log_moved             what was being read was rewritten meanwhile
    └── LogUnreachable       log_unreachable       a log in memory is read by its own process only
"""

# ruff: noqa: N818 (what happened is the name; that it is an error, the root says)

from typing import ClassVar

from recommender_store.errors import StoreError


class LogFileCorrupt(StoreError):
    """A compacted file of the log is missing, or does not hold what was written."""

    code: ClassVar[str] = "log_file_corrupt"

    def __init__(self, *, file: str, reason: str) -> None:
        super().__init__(
            f"the log file '{file}' {reason}: restore it from a backup, and run "
            "`recommender store check` for what else is damaged"
        )
        self.file = file
        self.reason = reason


class LogMoved(StoreError):
    """Files of a state of the log were removed, by an erasure, while somebody read them."""

    code: ClassVar[str] = "log_moved"

    def __init__(self) -> None:
        super().__init__(
            "the log was rewritten while it was read: read it again from its new state"
        )


class LogUnreachable(StoreError):
    """Other programs are to read a log that lies in this process' memory."""

    code: ClassVar[str] = "log_unreachable"

    def __init__(self) -> None:
        super().__init__(
            "the log lies in the memory of one process, where no other program reads it: use a "
            "store in a folder or a bucket"
        )
