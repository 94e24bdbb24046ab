"""
Tenants as they are written down in YAML: one document a tenant, the whole of what it sets.

What a document leaves out has its default, so that a file in git says everything. Only `rules`,
`placements` and `experiments` may stay elsewhere: where a document does not name them, they are
left as they are; where it does, there are those and no others.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from recommender_api.strict_yaml import no_yaml, read_documents
from recommender_store.audit.changes import Change, differences
from recommender_store.tenants.settings import TenantSettings

UNSET_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands in while a document is checked; a tenant keeps the time at which it was made."""


class TenantFileInvalid(Exception):  # noqa: N818 - what happened is the name
    """A document that cannot be applied; nothing of any file was."""

    code = "tenant_file_invalid"

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(f"{path.name}: {detail}")


RECORDS = ("rules", "placements", "experiments")


@dataclass(frozen=True)
class TenantFile:
    """One document."""

    path: Path
    settings: TenantSettings
    rules: list[Any] | None = None
    """As they stand there; None: not named."""
    placements: list[Any] | None = None
    experiments: list[Any] | None = None
    revision: int | None = None
    """Of the settings that it was written for; None: whichever."""


def read_tenant_files(paths: list[Path]) -> list[TenantFile]:
    """
    Every document of every file; what rules, placements and experiments mean is not looked at.

    Raises:
        TenantFileInvalid: names the file, the setting and what to write; also where two documents
            are of one tenant.
    """
    found: dict[str, TenantFile] = {}
    for path in paths:
        for document in _documents(path):
            records = {name: _records(path, document, name) for name in RECORDS}
            revision = _revision(path, document)
            settings = _settings(path, document)
            if settings.id in found:
                raise TenantFileInvalid(path, f"the tenant '{settings.id}' is described twice")
            found[settings.id] = TenantFile(path, settings, **records, revision=revision)
    return list(found.values())


def changes(before: TenantSettings | None, after: TenantSettings) -> list[Change]:
    """What applying would change, by name of the setting."""
    found = differences(
        before.model_dump(mode="json") if before else {}, after.model_dump(mode="json")
    )
    return [one for one in found if one.name != "created_at"]


def _documents(path: Path) -> Iterator[dict[str, Any]]:
    try:
        documents = read_documents(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise TenantFileInvalid(path, ": ".join(filter(None, no_yaml(error)))) from error
    except UnicodeDecodeError as error:
        raise TenantFileInvalid(path, f"this is no YAML: {error}") from error
    for document in documents:
        if document is None:
            continue
        if not isinstance(document, dict) or not isinstance(document.get("id"), str):
            raise TenantFileInvalid(path, "each document is a mapping with the tenant's 'id'")
        yield document


def _records(path: Path, document: dict[str, Any], name: str) -> list[Any] | None:
    """Taken out of the document: a list, each with its id."""
    if name not in document:
        return None
    records = document.pop(name)
    if not isinstance(records, list):
        raise TenantFileInvalid(path, f"'{name}' is a list of records, each with its 'id'")
    return records


def _revision(path: Path, document: dict[str, Any]) -> int | None:
    """Taken out of the document."""
    revision = document.pop("revision", None)
    if revision is not None and (type(revision) is not int or revision < 0):
        detail = f"'revision' of tenant '{document['id']}' is a whole number, or left out"
        raise TenantFileInvalid(path, detail)
    return revision


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
        said = "there is no such setting" if first["type"] == "extra_forbidden" else first["msg"]
        detail = f"'{where}' of tenant '{document['id']}': {said}"
        raise TenantFileInvalid(path, detail) from error
