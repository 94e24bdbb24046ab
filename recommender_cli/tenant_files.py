"""
Tenants as they are written down in YAML: one document a tenant, the whole of what it sets.

What a document leaves out has its default, so that a file in git says everything.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError

from recommender_store.tenants.settings import TenantSettings

UNSET_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands in while a document is checked; a tenant keeps the time at which it was made."""


class TenantFileInvalid(Exception):  # noqa: N818 - what happened is the name
    """A document that cannot be applied; nothing of any file was."""

    code = "tenant_file_invalid"

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(f"{path.name}: {detail}")


class Change(NamedTuple):
    """One setting that differs."""

    name: str
    before: Any
    after: Any


def read_tenant_files(paths: list[Path]) -> list[TenantSettings]:
    """
    Every document of every file.

    Raises:
        TenantFileInvalid: names the file, the setting and what to write; also where two documents
            are of one tenant.
    """
    found: dict[str, TenantSettings] = {}
    for path in paths:
        for document in _documents(path):
            settings = _settings(path, document)
            if settings.id in found:
                raise TenantFileInvalid(path, f"the tenant '{settings.id}' is described twice")
            found[settings.id] = settings
    return list(found.values())


def changes(before: TenantSettings | None, after: TenantSettings) -> list[Change]:
    """What applying would change, by name of the setting."""
    old = dict(_flat("", before.model_dump(mode="json"))) if before else {}
    new = dict(_flat("", after.model_dump(mode="json")))
    names = sorted((old.keys() | new.keys()) - {"created_at"})
    return [
        Change(name, old.get(name), new.get(name))
        for name in names
        if old.get(name) != new.get(name)
    ]


def _documents(path: Path) -> Iterator[dict[str, Any]]:
    try:
        documents = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TenantFileInvalid(path, f"it is not YAML ({error})") from error
    for document in documents:
        if document is None:
            continue
        if not isinstance(document, dict) or not isinstance(document.get("id"), str):
            raise TenantFileInvalid(path, "each document is a mapping with the tenant's 'id'")
        yield document


def _settings(path: Path, document: dict[str, Any]) -> TenantSettings:
    if "created_at" in document:
        raise TenantFileInvalid(path, "created_at is not for setting: leave it out")
    try:
        return TenantSettings.model_validate(
            {"name": document["id"], **document, "created_at": UNSET_TIME}
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        detail = f"'{where}' of tenant '{document['id']}': {first['msg']}"
        raise TenantFileInvalid(path, detail) from error


def _flat(prefix: str, value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from _flat(f"{prefix}{name}.", inner)
        else:
            yield f"{prefix}{name}", inner
