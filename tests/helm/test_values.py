"""`values.yaml`, its schema and its page say the same, and name what the platform reads."""

import ast
import importlib.util
import json
import re
import sys

import pytest
import yaml

from tests.architecture.test_shape import imported_by
from tests.helm.helm_process import CHART, ROOT

VALUES = (CHART / "values.yaml").read_text(encoding="utf-8")
SCHEMA = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
TABLE = ROOT / "helm" / "values_table.py"
OPEN = {
    *(
        "/definitions/strings",
        "/definitions/environment",
        "/properties/spark/properties/properties",
    ),
    # Kubernetes' own words, which Kubernetes checks.
    "/definitions/peers/items/properties/podSelector",
    "/definitions/peers/items/properties/namespaceSelector",
    "/properties/api/properties/affinity",
    "/properties/networkPolicy/properties/moreEgress/items",
    # The server's own file, which the server checks.
    "/properties/prices",
    "/properties/global",
}
"""What may hold keys that the schema does not name."""


@pytest.fixture(scope="module")
def values_table():
    spec = importlib.util.spec_from_file_location("values_table", TABLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_made_from_the_values_as_they_are(values_table):
    page = (CHART / "README.md").read_text(encoding="utf-8")

    assert page == values_table.renewed(page, VALUES), "run python helm/values_table.py"


def test_every_value_stands_in_the_page(values_table):
    page = (CHART / "README.md").read_text(encoding="utf-8")

    missing = [one.path for one in values_table.values_in(VALUES) if f"`{one.path}`" not in page]

    assert not missing


def test_a_value_without_a_comment_is_an_error(values_table):
    with pytest.raises(ValueError, match=r"say in a comment what api\.replicas is"):
        list(values_table.values_in("# The API.\napi:\n  replicas: 2\n"))


def test_the_schema_is_closed():
    found = {path for path, part in parts_of(SCHEMA) if is_open(part)}

    assert found == OPEN


def parts_of(part, path=""):
    if isinstance(part, dict):
        yield path, part
        for key, inner in part.items():
            yield from parts_of(inner, f"{path}/{key}")


def is_open(part):
    return part.get("type") == "object" and part.get("additionalProperties") is not False


def test_the_schema_knows_the_values_and_no_others():
    assert keys_of_schema(SCHEMA) - {"global"} == keys_of_values(yaml.safe_load(VALUES), SCHEMA)


def keys_of_schema(part, above=""):
    part = followed(part)
    found = set()
    for key, inner in part.get("properties", {}).items():
        found |= {f"{above}{key}"} | keys_of_schema(inner, f"{above}{key}.")
    return found - OPTIONAL


def keys_of_values(values, part, above=""):
    part, found = followed(part), set()
    for key, value in values.items():
        if key not in part.get("properties", {}):
            assert is_open(part), f"the schema does not know {above}{key}"
            continue
        found.add(f"{above}{key}")
        if isinstance(value, dict):
            found |= keys_of_values(value, part["properties"][key], f"{above}{key}.")
    return found - OPTIONAL


def followed(part):
    name = part.get("$ref", "").removeprefix("#/definitions/")
    return SCHEMA["definitions"][name] if name else part


OPTIONAL = {
    f"{place}.{kind}.{amount}"
    for place in ("api.resources", "redis.bundled.resources")
    for kind in ("requests", "limits")
    for amount in ("cpu", "memory", "ephemeral-storage")
}
"""What Kubernetes knows by itself; a default does not name all of it."""


def test_every_variable_that_the_chart_sets_is_one_that_the_platform_reads():
    told = set()
    for path in (CHART / "templates").rglob("*.*"):
        told |= set(re.findall(r"\bRECOMMENDER_[A-Z0-9_]+\b", path.read_text(encoding="utf-8")))
    explained = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md"))

    missing = {name for name in told if f"`{name}`" not in explained}

    assert told
    assert not missing


def test_the_chart_is_of_the_version_of_the_platform():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")

    assert f'version = "{chart["appVersion"]}"' in project


def test_what_runs_in_a_pod_needs_nothing_but_python():
    script = CHART / "files" / "autoscaling" / "floor.py"

    assert imported_by(ast.parse(script.read_text(encoding="utf-8"))) <= sys.stdlib_module_names
