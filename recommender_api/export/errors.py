"""
What can end an export, each with a stable code and what to do.

    ExportError
    ├── IdsUnreadable      ids_unreadable      a line of the file of ids is none
    ├── OutputInStore      output_in_store     nobody else's files belong there
    ├── OutputTaken        output_taken        something else lies there
    ├── OutputUnwritable   output_unwritable   nothing can be written there
    ├── ExportDiffers      export_differs      another export was begun there
    ├── ModelMoved         model_moved         another model went live meanwhile
    └── ExportDegraded     export_degraded     what answers are made of could not be read
"""

# ruff: noqa: N818 (what happened is the name; that it is an error, the root says)

from collections.abc import Sequence
from typing import ClassVar


class ExportError(Exception):
    """The root."""

    code: ClassVar[str] = "export_error"


class IdsUnreadable(ExportError):
    code: ClassVar[str] = "ids_unreadable"

    def __init__(self, path: str, reason: str, line: int | None = None) -> None:
        at = "" if line is None else f", line {line}"
        super().__init__(f"{path}{at}: {reason}: write one id a line, in UTF-8")
        self.path = path
        self.line = line


class OutputInStore(ExportError):
    code: ClassVar[str] = "output_in_store"

    def __init__(self, output: str) -> None:
        super().__init__(f"{output} is inside the store: name a place outside of it")
        self.output = output


class OutputTaken(ExportError):
    code: ClassVar[str] = "output_taken"

    def __init__(self, output: str, found: str) -> None:
        super().__init__(f"{output} holds something else already ({found}): name a new folder")
        self.output = output


class OutputUnwritable(ExportError):
    code: ClassVar[str] = "output_unwritable"

    def __init__(self, output: str, reason: str) -> None:
        super().__init__(f"{output} cannot be written to ({reason}): name another place")
        self.output = output


class ExportDiffers(ExportError):
    code: ClassVar[str] = "export_differs"

    def __init__(self, output: str, differences: Sequence[str]) -> None:
        super().__init__(
            f"{output} holds another export ({'; '.join(differences)}): "
            "name a new folder, or ask for the same again to go on with it"
        )
        self.output = output
        self.differences = tuple(differences)


class ModelMoved(ExportError):
    code: ClassVar[str] = "model_moved"

    def __init__(self, wanted: str, live: str) -> None:
        super().__init__(
            f"the model '{live}' went live while '{wanted}' was being exported: "
            "export to a new folder, or roll back and run the same command again"
        )
        self.wanted = wanted
        self.live = live


class ExportDegraded(ExportError):
    code: ClassVar[str] = "export_degraded"

    def __init__(self, fault: str) -> None:
        super().__init__(
            f"{fault}: what is missing would be missing in every answer; "
            "put that right (`recommender store check`) and run the same command again"
        )
        self.fault = fault
