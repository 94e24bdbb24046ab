"""
`recommender doctor`: whether everything that is needed is there, each finding with its mend.
"""

import importlib.util
import os
import platform
import sys
import tempfile
from typing import TYPE_CHECKING, NamedTuple

import typer

from .options import AsJson
from .output import FAILED, emit, table

if TYPE_CHECKING:
    from recommender_store.opening import Store

MODULES = {
    "serving": (
        "fastapi",
        "fastapi_offline",
        "uvicorn",
        "uvloop",
        "httptools",
        "faiss",
        "prometheus_client",
        "redis",
        "hiredis",
    ),
    "training": ("implicit", "scipy", "faiss", "duckdb", "pytz", "threadpoolctl"),
}


class Finding(NamedTuple):
    """One thing looked at."""

    what: str
    is_good: bool
    detail: str


def doctor(as_json: AsJson = False) -> None:
    """
    Look at Python, packages, the store, the cache and, where one is set, Redis.

    Example: recommender doctor
    """
    findings = [_python(), *_packages(), *_store(), _cache(), *_redis()]
    document = {
        "healthy": all(one.is_good for one in findings),
        "findings": [one._asdict() for one in findings],
    }
    rows = [("ok" if one.is_good else "BAD", one.what, one.detail) for one in findings]
    emit(document, as_json=as_json, lines=[table(["", "what", "detail"], rows)])
    if not document["healthy"]:
        raise typer.Exit(FAILED)


def _python() -> Finding:
    found = platform.python_version()
    good = sys.version_info >= (3, 11)
    return Finding("python", good, found if good else f"{found}: 3.11 or newer is needed")


def _packages() -> list[Finding]:
    findings = []
    for purpose, modules in MODULES.items():
        missing = [name for name in modules if importlib.util.find_spec(name) is None]
        extra = "api" if purpose == "serving" else "trainer"
        detail = "all there"
        if missing:
            detail = f"missing {', '.join(missing)}: pip install 'recommender-platform[{extra}]'"
        findings.append(Finding(f"packages for {purpose}", not missing, detail))
    return findings


def _store() -> list[Finding]:
    from recommender_store.errors import StoreError, StoreMissing

    from .stores import opened

    try:
        store = opened()
        tenants = store.tenants()
    except StoreMissing as error:
        return [Finding("store", True, f"none yet: {error}")]
    except StoreError as error:
        return [Finding("store", False, f"{error} [{error.code}]")]
    findings = [Finding("store", True, f"{store.settings.url}: {len(tenants)} tenants")]
    return findings + [_tenant(store, one.id) for one in tenants]


def _tenant(store: "Store", tenant: str) -> Finding:
    """Whether the tenant's live model can be opened."""
    from recommender_models.opening import open_bundle
    from recommender_store.errors import StoreError

    what = f"tenant {tenant}"
    try:
        models = store.tenant(tenant).models
        version = models.current().version
        if version is not None:
            open_bundle(models, version, store.cache)
    except StoreError as error:
        return Finding(what, False, f"{error} [{error.code}]")
    return Finding(what, True, f"live model: {version or 'none yet'}")


def _cache() -> Finding:
    from recommender_store.settings import StoreSettings

    folder = StoreSettings.from_environment().cache_folder()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            free = os.statvfs(existing)
    except OSError as error:
        return Finding("cache", False, f"{folder} cannot be written: {error.strerror}")
    return Finding("cache", True, f"{folder}: {free.f_bavail * free.f_frsize / 2**30:.1f} GiB free")


def _redis() -> list[Finding]:
    """Whether the shared live history is in reach; nothing where none is set."""
    from pydantic import ValidationError

    from recommender_api.history.on_redis.trial import tried
    from recommender_api.settings import ApiSettings

    from .serve import told_of

    try:
        url = ApiSettings.from_environment().redis_url
    except ValidationError as error:
        return [Finding("settings of serving", False, told_of(error))]
    return [Finding("redis", *tried(url))] if url else []
