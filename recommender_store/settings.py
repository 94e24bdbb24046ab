"""
Where the store lies and what signs for it: read once from the environment, then handed down.
"""

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field

from .errors import SecretKeyMissing, SecretKeyUnreadable, SettingInvalid

DEFAULT_URL = "file://./.recommender"
DEFAULT_CACHE_BYTES = 20 * 2**30
DEFAULT_RESTORE_DAYS = 7.0
DAYS_LIMIT = 3650


class StoreSettings(BaseModel):
    """How a process finds the store. Its text form holds no secret."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = DEFAULT_URL
    secret_key: str = Field(default="", repr=False)
    """A comma list; the first signs, all verify. Empty: one is made in the folder."""
    cache_dir: Path | None = None
    cache_bytes: int = Field(default=DEFAULT_CACHE_BYTES, gt=0)
    restore_days: float = Field(default=DEFAULT_RESTORE_DAYS, ge=0, le=DAYS_LIMIT)
    """How long a deletion of a tenant can be undone; then `recommender store prune` ends it."""
    environment: dict[str, str] = Field(default_factory=dict, repr=False)
    """The rest of the environment, for what a bucket's client looks up itself."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """
        Raises:
            SettingInvalid: where a variable's value makes no sense.
        """
        cache_dir = environment.get("RECOMMENDER_CACHE_DIR")
        return cls(
            url=environment.get("RECOMMENDER_STORE_URL") or DEFAULT_URL,
            secret_key=environment.get("RECOMMENDER_SECRET_KEY", ""),
            cache_dir=Path(cache_dir) if cache_dir else None,
            cache_bytes=_bytes_in(environment, "RECOMMENDER_CACHE_BYTES", DEFAULT_CACHE_BYTES),
            restore_days=_days_in(environment, "RECOMMENDER_RESTORE_DAYS", DEFAULT_RESTORE_DAYS),
            environment=dict(environment),
        )

    @property
    def folder(self) -> Path | None:
        """The folder of a `file://` store; None for a bucket and for memory."""
        if not self.url.startswith("file://"):
            return None
        return Path(unquote(self.url.removeprefix("file://"))).absolute()

    @property
    def place(self) -> str:
        """Where the store lies, so that it is found from everywhere; without secrets."""
        return self.url if self.folder is None else f"file://{self.folder}"

    def cache_folder(self) -> Path:
        """Where artifacts are kept on this machine."""
        if self.cache_dir is not None:
            return self.cache_dir
        if self.folder is not None:
            return self.folder / "cache"
        home = Path(self.environment.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return home / "recommender"

    def launch_folder(self) -> Path:
        """Where processes that this machine started leave their logs and how they ended."""
        if self.folder is not None:
            return self.folder / "launched"
        cache = self.cache_folder()
        return cache.with_name(f"{cache.name}-launched")

    def signing_secrets(self) -> list[str]:
        """
        The secrets, newest first; for a folder without one, made and kept in it.

        Raises:
            SecretKeyMissing: where a bucket is used and none is set.
            SecretKeyUnreadable: where the folder has one that cannot be read.
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


def _bytes_in(environment: Mapping[str, str], variable: str, default: int) -> int:
    value = environment.get(variable) or str(default)
    if not (value.isascii() and value.isdigit() and int(value)):
        wanted = "a number of bytes such as 20000000000"
        raise SettingInvalid(variable=variable, value=value, wanted=wanted)
    return int(value)


def _days_in(environment: Mapping[str, str], variable: str, default: float) -> float:
    value = environment.get(variable) or str(default)
    if not re.fullmatch(r"\d{1,4}(\.\d+)?", value, re.ASCII) or float(value) > DAYS_LIMIT:
        wanted = f"a number of days such as 7, at most {DAYS_LIMIT}"
        raise SettingInvalid(variable=variable, value=value, wanted=wanted)
    return float(value)


def _secret_in(path: Path) -> str:
    """The secret kept at `path`, made by whoever comes first."""
    try:
        if not path.exists():
            _make_secret(path)
        secret = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretKeyUnreadable(path=str(path), reason=f"cannot be read ({error})") from error
    if not secret:
        raise SecretKeyUnreadable(path=str(path), reason="is empty")
    return secret


def _make_secret(path: Path) -> None:
    """Durable before anything is signed with it: losing it makes every API key worthless."""
    candidate = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(candidate, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(secrets.token_hex(32))
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(candidate, path)
    except FileExistsError:
        pass  # another process was faster; its secret counts
    finally:
        candidate.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
