"""
What a file is: a known log, or a guess at how its rows become events.

Reads the file and writes nothing. The guess comes with its reasons, with what it assumes, and
with what is ambiguous; only without ambiguity may it be used unseen.
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from .errors import FormatUnknown, LogUnreadable
from .formats.built_in import FORMATS, event_file_in, format_named
from .formats.foreign_log import BuiltInFormat
from .guess.look import Look, looking
from .guess.propose import propose
from .guess.written import written_as
from .item_mapping import ItemMapping
from .mapping import LogMapping


class Inspection(BaseModel):
    """``mapping`` is None where not even a guess can be made; ``ambiguities`` says why."""

    model_config = ConfigDict(frozen=True)

    paths: tuple[Path, ...]
    """The files of events: what was given, or what was found in the folder."""
    format: str | None
    """The built-in format that it is."""
    mapping: LogMapping | None
    why: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    ambiguities: tuple[str, ...] = ()
    alternatives: tuple[LogMapping, ...] = ()
    item_paths: tuple[Path, ...] = ()
    """Files of items beside it; without them the items are those of ``mapping.items``."""
    item_mapping: ItemMapping | None = None

    @property
    def is_unambiguous(self) -> bool:
        return self.mapping is not None and not self.ambiguities


def inspect_log(path: Path, format: str | None = None) -> Inspection:  # noqa: A002 the word of the command line
    """
    Look into a file, or a folder in which a built-in format finds its own.

    Raises:
        FormatUnknown: no built-in format has this name, or the file is not in it.
        ForeignLogError: the file cannot be read.
    """
    forms = list(FORMATS.values()) if format is None else [format_named(format)]
    file_path = _file_of(path, forms)
    written = written_as(file_path)
    with looking(file_path, written.file, at_head=True) as look:
        known = next((form for form in forms if form.recognise(look)), None)
        if known is not None:
            return _known(known, look, written.notes)
    with looking(file_path, written.file) as look:
        if format is not None:
            detail = f"{file_path.name} is not in the format {format}: its columns are "
            raise FormatUnknown(format, list(FORMATS), detail + ", ".join(look.columns[:20]))
        proposal = propose(look)
    return Inspection(
        paths=(file_path,),
        format=None,
        mapping=proposal.mapping,
        why=tuple(proposal.why),
        assumptions=(*written.notes, *proposal.assumed),
        ambiguities=tuple(proposal.doubts),
        alternatives=tuple(proposal.alternatives),
    )


def _file_of(path: Path, forms: list[BuiltInFormat]) -> Path:
    if not path.is_dir():
        return path
    found = event_file_in(path, forms)
    if found is None:
        names = ", ".join(name for form in forms for name in form.event_files)
        raise LogUnreadable(path, f"is a folder with none of {names} in it; name the file")
    return found


def _known(form: BuiltInFormat, look: Look, notes: list[str]) -> Inspection:
    log = form.plan(look)
    return Inspection(
        paths=log.paths,
        format=form.name,
        mapping=log.mapping,
        why=(f"its columns are those of {form.name}",),
        assumptions=tuple(notes),
        item_paths=log.item_paths,
        item_mapping=log.item_mapping,
    )
