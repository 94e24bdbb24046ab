"""What docs/configuration.md says of defaults is what the code has."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import typer

from recommender_cli.command import app
from recommender_store.settings import DEFAULT_CACHE_BYTES, DEFAULT_URL
from recommender_store.tenants.settings import TenantSettings
from tests.docs.pages import codes, rows, section

PAGE = "configuration.md"
GIVEN = ("id", "name", "created_at")


def settings() -> dict[str, Any]:
    """Dotted name → default, as JSON; nothing for what each tenant is given."""
    made = TenantSettings(id="shop", name="Shop", created_at=datetime(2026, 1, 1, tzinfo=UTC))
    document = made.model_dump(mode="json", exclude=set(GIVEN))
    return dict.fromkeys(GIVEN, "given") | dict(flat(document))


def flat(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        if name in ("training", "gate", "retention", "serving", "hooks", "imports", "quotas"):
            yield from flat({f"{name}.{inner}": one for inner, one in value.items()})
        elif name == "training.canary":
            yield from ((f"{name}.{inner}", one) for inner, one in value.items())
        elif name == "checks":
            yield from (
                (f"{name}.{check}.{inner}", one)
                for check, asked in value.items()
                for inner, one in asked.items()
            )
        else:
            yield name, value


def test_every_setting_of_a_tenant_is_told_with_its_default():
    told = {codes(name)[0]: default.strip("`") for name, default, _ in rows_of("Tenant settings")}

    assert told == {
        name: default if default == "given" else json.dumps(default)
        for name, default in settings().items()
    }


def test_every_option_of_serve_is_told_with_its_default():
    command = typer.main.get_command(app).commands["serve"]  # type: ignore[attr-defined]
    told = {
        codes(name)[0]: default.strip("`") for name, default, _ in rows_of("`recommender serve`")
    }

    assert told == {
        option.opts[0]: "off" if option.default is False else str(option.default)
        for option in command.params
    }


@pytest.mark.parametrize(
    ("variable", "default"),
    [
        ("RECOMMENDER_STORE_URL", DEFAULT_URL),
        ("RECOMMENDER_CACHE_BYTES", str(DEFAULT_CACHE_BYTES)),
    ],
)
def test_the_default_of_a_variable_is_the_code_s(variable, default):
    told = {codes(name)[0]: value for name, value, _ in rows_of("Environment")}

    assert default in told[variable]


def rows_of(heading: str) -> list[list[str]]:
    return rows(section(PAGE, heading))
