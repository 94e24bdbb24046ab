"""
Where the store lies and what signs for it: read once from the environment, then handed down.
"""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from .errors import SecretKeyMissing

DEFAULT_URL = "file://./.recommender"
DEFAULT_CACHE_BYTES = 20 * 2**30


class StoreSettings(BaseModel):
    """How a process finds the store."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = DEFAULT_URL
    secret_key: str = ""
    """A comma list; the first signs, all verify. Empty: one is made in the folder."""
    cache_dir: Path | None = None
    cache_bytes: int = DEFAULT_CACHE_BYTES
    environment: dict[str, str] = {}
    """The rest of the environment, for what a bucket's client looks up itself."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        cache_dir = environment.get("RECOMMENDER_CACHE_DIR")
        return cls(
            url=environment.get("RECOMMENDER_STORE_URL") or DEFAULT_URL,
            secret_key=environment.get("RECOMMENDER_SECRET_KEY", ""),
            cache_dir=Path(cache_dir) if cache_dir else None,
            cache_bytes=int(environment.get("RECOMMENDER_CACHE_BYTES") or DEFAULT_CACHE_BYTES),
            environment=dict(environment),
        )

    @property
    def folder(self) -> Path | None:
        """The folder of a `file://` store; None for a bucket and for memory."""
        if not self.url.startswith("file://"):
            return None
        return Path(self.url.removeprefix("file://")).absolute()

    def cache_folder(self) -> Path:
        """Where artifacts are kept on this machine."""
        if self.cache_dir is not None:
            return self.cache_dir
        if self.folder is not None:
            return self.folder / "cache"
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return home / "recommender"

    def signing_secrets(self) -> list[str]:
        """
        The secrets, newest first; for a folder without one, made and kept in it.

        Raises:
            SecretKeyMissing: where a bucket is used and none is set.
        """
        given = [one.strip() for one in self.secret_key.split(",") if one.strip()]
        if given:
            return given
        if self.folder is not None:
            return [_secret_in(self.folder / "secret.key")]
        if urlsplit(self.url).scheme == "memory":
            return [_MEMORY_SECRET]
        raise SecretKeyMissing(location=self.url)


_MEMORY_SECRET = secrets.token_hex(32)
"""A memory store lives as long as its process, and so does what signs for it."""


def _secret_in(path: Path) -> str:
    """The secret kept at `path`, made by whoever comes first."""
    candidate = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    if not path.exists():
        descriptor = os.open(candidate, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_hex(32))
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(candidate, path)
        except FileExistsError:
            pass
        finally:
            candidate.unlink()
    return path.read_text().strip()
