"""Data flows one way, heavy packages stay in their rooms, and a serving worker stays light."""

import subprocess
import sys
from pathlib import Path

import importlinter.api
import pytest
from importlinter.application.use_cases import lint_imports

ROOT = Path(__file__).parents[2]
SPOKEN_BY_THE_PLATFORM = {"loggers_sdk.events", "loggers_sdk.wire"}
HEAVY = [
    *("duckdb", "polars", "pyarrow", "pandas"),
    *("implicit", "scipy", "kubernetes", "airflow", "airflow_client"),
]


def contract(contract_id: str) -> dict[str, list[str]]:
    contracts = importlinter.api.read_configuration(str(ROOT / "pyproject.toml"))
    return next(each for each in contracts["contracts_options"] if each["id"] == contract_id)


def test_every_import_goes_the_way_of_the_data(capsys):
    kept = lint_imports(str(ROOT / "pyproject.toml"), cache_dir=None, no_logo=True)

    assert kept, capsys.readouterr().out


def test_every_module_of_the_sdk_but_its_wire_format_is_kept_from_the_platform():
    modules = {f"loggers_sdk.{path.stem}" for path in (ROOT / "loggers_sdk").glob("[a-z]*.py")}

    protected = set(contract("wire-only")["protected_modules"])

    assert protected == modules - SPOKEN_BY_THE_PLATFORM | {"loggers_sdk"}, (
        "list the SDK's new modules under the contract wire-only in pyproject.toml"
    )


@pytest.mark.skipif(
    not (ROOT / "recommender_api" / "app.py").exists(), reason="there is no API to import yet"
)
def test_a_serving_worker_imports_nothing_heavy():
    script = f"import sys, recommender_api.app; print(*sorted(set({HEAVY}) & set(sys.modules)))"

    child = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert child.returncode == 0, child.stderr
    assert child.stdout.split() == [], "import it in the function that needs it"
