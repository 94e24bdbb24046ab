"""
From a place that a tenant may import from to copies of its files, in one folder.

Below a listed folder the way is walked name by name: no link is followed, at no moment, and only
plain files are taken. What is read later is the copy, whatever becomes of the folder meanwhile.
"""

import errno
import os
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from recommender_api.foreign_logs.errors import LogMissing, PlaceRefused, RoomMissing
from recommender_api.foreign_logs.import_places import Allowed

from .log_places import is_data, local_files

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_DEPTH_LIMIT = 8


def copies(allowed: Allowed, into: Path, environment: Mapping[str, str]) -> list[Path]:
    """
    Copies of every file of the place, sorted by where they lay.

    Raises:
        PlaceRefused, LogMissing, PlaceUnreachable, RoomMissing: nothing is read of the log.
    """
    if allowed.place.scheme != "file":
        with local_files([allowed.place.text], environment) as fetched:
            return [_moved(path, into, at) for at, path in enumerate(fetched)]
    return list(_from_folder(allowed, into))


def _moved(path: Path, into: Path, at: int) -> Path:
    return Path(shutil.move(path, _free(into, path.name, at)))


def _free(into: Path, name: str, at: int) -> Path:
    """Names are kept where they can be: a built-in format knows its files by them."""
    return into / name if not (into / name).exists() else into / f"{at}-{name}"


def _from_folder(allowed: Allowed, into: Path) -> Iterator[Path]:
    text, prefix = allowed.place.text, Path("/", *allowed.prefix.segments)
    *way, last = allowed.below or ("",)
    is_folder = allowed.place.is_folder or not last
    way = [*way, last] if is_folder and last else way
    with _refused(text), _opened(os.path.realpath(prefix)) as top, _walked(top, way) as folder:
        found = sorted(_files_in(folder, _DEPTH_LIMIT)) if is_folder else [(last,)]
        if not found:
            raise LogMissing(text)
        for at, (*names, name) in enumerate(found):
            with _walked(folder, names) as parent:
                yield _copied(parent, name, _free(into, name, at), text)


@contextmanager
def _opened(path: str | bytes, at: int | None = None) -> Iterator[int]:
    folder = os.open(path, _FOLDER, dir_fd=at)
    try:
        yield folder
    finally:
        os.close(folder)


@contextmanager
def _walked(top: int, names: Sequence[str]) -> Iterator[int]:
    if not names:
        yield top
        return
    with _opened(names[0], top) as folder, _walked(folder, names[1:]) as end:
        yield end


def _files_in(folder: int, depth: int) -> Iterator[tuple[str, ...]]:
    """The way to every plain file of data; links are passed by."""
    with os.scandir(folder) as entries:
        found = [one for one in entries if is_data(one.name)]
    for one in found:
        if one.is_file(follow_symlinks=False):
            yield (one.name,)
        elif depth and one.is_dir(follow_symlinks=False):
            with _opened(one.name, folder) as deeper:
                yield from ((one.name, *way) for way in _files_in(deeper, depth - 1))


def _copied(folder: int, name: str, to: Path, text: str) -> Path:
    descriptor = os.open(name, _FILE, dir_fd=folder)
    with os.fdopen(descriptor, "rb") as source:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise PlaceRefused(text, "it is no plain file; of a folder write a slash at the end")
        free = shutil.disk_usage(to.parent).free
        if status.st_size > free:
            raise RoomMissing(to.parent, status.st_size, free)
        with to.open("xb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
    return to


@contextmanager
def _refused(text: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise LogMissing(text) from error
    except (NotADirectoryError, PermissionError) as error:
        raise PlaceRefused(text, f"it cannot be opened ({error.strerror})") from error
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise PlaceRefused(text, "it is a symbolic link: these are not followed") from error
