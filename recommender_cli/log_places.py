"""
From what people name on the command line, a file or an object in a bucket, to local files.

Objects are copied in parts into a folder that is gone when the block ends; whether they fit is
asked before. The variables that reach the store's bucket reach these, too.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from obstore.store import ObjectStore as Bucket

    from recommender_store.objects.bucket_access import BucketAccess

PART_BYTES = 8 * 1024 * 1024
_CREDENTIALS = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
}
_ROLE_SERVICES = ("169.254.169.254", "metadata.google.internal")
"""What the library asks for credentials where it is given none."""


class _Object(NamedTuple):
    place: str
    key: str
    size: int
    e_tag: str | None


@contextmanager
def local_files(names: Sequence[str], environment: Mapping[str, str]) -> Iterator[list[Path]]:
    """
    Local paths for `names`, in their order; `scheme://bucket/prefix/` stands for all below it.

    Raises:
        LogMissing, PlaceUnreachable, RoomMissing: before anything is read.
    """
    with tempfile.TemporaryDirectory(prefix="recommender-fetched-") as folder:
        fetching = _Fetching(Path(folder), environment)
        yield [path for name in names for path in fetching.paths(name)]


def is_remote(name: str) -> bool:
    from recommender_store.tenants.places import BUCKET_SCHEMES

    return name.partition("://")[0] in BUCKET_SCHEMES and "://" in name


class _Fetching:
    """Copies objects into folders of their own, so that equal names do not meet."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._copies = 0

    def paths(self, name: str) -> list[Path]:
        from recommender_api.foreign_logs.errors import LogMissing

        if not is_remote(name):
            if not Path(name).exists():
                raise LogMissing(Path(name))
            return [Path(name)]
        bucket = _ForeignBucket(name, self._environment)
        objects = bucket.objects()
        self._check_room(objects)
        return [self._copy(bucket, one) for one in objects]

    def _check_room(self, objects: list[_Object]) -> None:
        from recommender_api.foreign_logs.errors import RoomMissing

        needed, free = sum(one.size for one in objects), shutil.disk_usage(self._folder).free
        if needed > free:
            raise RoomMissing(self._folder.parent, needed, free)

    def _copy(self, bucket: "_ForeignBucket", one: _Object) -> Path:
        self._copies += 1
        path = self._folder / str(self._copies) / one.key.rpartition("/")[2]
        path.parent.mkdir()
        bucket.copy(one, path)
        return path


class _ForeignBucket:
    """One address in a bucket that is not ours: its keys are whatever others call them."""

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        from recommender_store.objects.bucket_access import BucketAccess

        self._name = name
        self._scheme, _, rest = name.partition("://")
        self._host, _, self._key = rest.partition("/")
        access = BucketAccess.from_environment(self._scheme, environment)
        self._endpoint = access.endpoint
        self._bucket = self._opened(access)

    def objects(self) -> list[_Object]:
        """The object that is named, or all below the prefix."""
        import obstore

        from recommender_api.foreign_logs.errors import LogMissing

        with self._told():
            if self._key and not self._key.endswith("/"):
                found = [obstore.head(self._bucket, self._key)]
            else:
                pages = obstore.list(self._bucket, self._key.rstrip("/") or None)
                found = [meta for page in pages for meta in page if is_data(meta["path"])]
        objects = [
            _Object(f"{self._scheme}://{self._host}/{m['path']}", m["path"], m["size"], m["e_tag"])
            for m in found
        ]
        if not objects:
            raise LogMissing(self._name)
        return sorted(objects, key=lambda one: one.key)

    def copy(self, one: _Object, path: Path) -> None:
        """Part by part, and every part of the very object that was found."""
        import obstore

        with path.open("wb") as file, self._told():
            for start in range(0, one.size, PART_BYTES):
                end = min(start + PART_BYTES, one.size)
                part = obstore.get(
                    self._bucket, one.key, options={"range": (start, end), "if_match": one.e_tag}
                )
                file.write(part.bytes())

    def _opened(self, access: "BucketAccess") -> "Bucket":
        from recommender_api.foreign_logs.errors import PlaceUnreachable
        from recommender_store.errors import StoreUnavailable
        from recommender_store.objects.bucket_access import bucket_at

        try:
            return bucket_at(f"{self._scheme}://{self._host}", access)
        except StoreUnavailable as error:
            instead = f"set {_CREDENTIALS[self._scheme]}"
            raise PlaceUnreachable(self._name, error.reason, instead) from error

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say what the library says, and what to do about it."""
        from obstore.exceptions import BaseError

        from recommender_api.foreign_logs.errors import LogMissing, PlaceUnreachable

        try:
            yield
        except FileNotFoundError as error:
            if "NoSuchBucket" not in str(error):
                raise LogMissing(self._name) from error
            instead = "check the bucket's name, its region and the endpoint"
            raise PlaceUnreachable(self._name, "there is no such bucket", instead) from error
        except BaseError as error:
            raise PlaceUnreachable(self._name, *self._advice(error)) from error

    def _advice(self, error: Exception) -> tuple[str, str]:
        """What went wrong, and what to do."""
        from obstore.exceptions import (
            PermissionDeniedError,
            PreconditionError,
            UnauthenticatedError,
        )

        said, credentials = str(error), _CREDENTIALS[self._scheme]
        if any(host in said for host in _ROLE_SERVICES):
            return "there are no credentials for it", f"set {credentials}"
        if isinstance(error, (PermissionDeniedError, UnauthenticatedError)):
            return "the credentials do not allow it", f"check {credentials}"
        if isinstance(error, PreconditionError):
            return "it was replaced while it was read", "run the command again"
        endpoint = f"RECOMMENDER_S3_ENDPOINT (now {self._endpoint or 'unset'}), " * (
            self._scheme == "s3"
        )
        return said.partition("\n")[0], f"check {endpoint}the address and the network"


def is_data(key: str) -> bool:
    """Spark and its kin leave markers such as `_SUCCESS` beside the data."""
    name = key.rpartition("/")[2]
    return bool(name) and not name.startswith(("_", "."))
