"""
From what `--output` says to a place for an export: a folder, or a prefix of a bucket, never a part
of the store.
"""

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from recommender_store.objects.protocol import ObjectStore
    from recommender_store.settings import StoreSettings

_LEFT_BEHIND = re.compile(r"[0-9]+-[0-9a-f]{32}")
"""Process and chance: what a folder's writers call a file that is not there yet."""


def place_at(output: str, settings: "StoreSettings") -> "ObjectStore":
    """
    Nothing is written yet.

    Raises:
        OutputInStore, OutputUnwritable; StoreUnavailable for unusable credentials.
    """
    from recommender_api.export.errors import OutputInStore, OutputUnwritable
    from recommender_store.objects.bucket_access import BucketAccess, open_bucket
    from recommender_store.objects.folder import FolderObjects
    from recommender_store.objects.location import BUCKET_URL

    if "://" not in output:
        folder = Path(output).absolute()
        if settings.folder is not None and _is_inside(folder, settings.folder):
            raise OutputInStore(output)
        try:
            return FolderObjects(folder)
        except NotADirectoryError as error:
            raise OutputUnwritable(output, "it is no folder") from error
    if not BUCKET_URL.fullmatch(output):
        raise typer.BadParameter(
            f"{output} is no place for an export: name a folder, or s3://bucket/prefix "
            "(gs://, az://) with plain segments",
            param_hint="--output",
        )
    url = output.rstrip("/")
    if f"{url}/".startswith(f"{settings.url.rstrip('/')}/"):
        raise OutputInStore(output)
    scheme = url.partition(":")[0]
    return open_bucket(url, BucketAccess.from_environment(scheme, settings.environment))


def tidy(output: str) -> None:
    """Take away what writers that were killed left in a folder, and nothing else."""
    from recommender_store.objects.folder import TEMPORARY

    if "://" in output:
        return
    folder = Path(output) / TEMPORARY
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if _LEFT_BEHIND.fullmatch(path.name):
                path.unlink()
        folder.rmdir()


def _is_inside(folder: Path, store: Path) -> bool:
    """Links are followed as far as there is something."""
    return folder.resolve().is_relative_to(store.resolve())
