"""Data flows one way, heavy packages stay in their rooms, and a serving worker stays light."""

import os
import subprocess
import sys
from pathlib import Path

import importlinter.api
from importlinter.application.use_cases import lint_imports

from recommender_store.author import Author
from recommender_store.opening import open_store
from recommender_store.settings import StoreSettings

ROOT = Path(__file__).parents[2]
SPOKEN_BY_THE_PLATFORM = {"loggers_sdk.events", "loggers_sdk.wire"}
OF_SOME_SERVERS = ["faiss", "redis", "yaml", "opentelemetry.sdk"]
"""What a server with a model, a Redis, a cluster, a collector takes, and another does not."""
OF_ANSWERS = [
    *("numpy", "faiss", "marisa_trie", "recommender_models"),
    *("fastapi", "starlette", "jinja2", "redis", "recommender_api.app"),
]
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


def imported(script: str, of: list[str], **environment: str) -> list[str]:
    """Which of some packages a process has imported that ran a script."""
    told = f"{script}\nimport sys\nprint(*sorted(set({of}) & set(sys.modules)))"
    child = subprocess.run(
        [sys.executable, "-c", told],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    return child.stdout.splitlines()[-1].split()


def test_a_serving_worker_imports_nothing_heavy():
    script = "import recommender_api.app, recommender_api.documented"
    script += ", recommender_api.console.application"

    assert imported(script, HEAVY) == [], "import it in the function that needs it"


def test_a_server_is_ready_without_what_is_made_once_it_is():
    script = "import recommender_cli.server, recommender_api.app"

    found = imported(script, [*HEAVY, *OF_SOME_SERVERS, "fastapi", "jinja2"])

    assert found == [], "import it behind recommender_api/late.py, or where it is configured"


def test_the_parent_of_workers_imports_nothing_that_answers_requests():
    found = imported("import recommender_cli.workers", [*HEAVY, *OF_ANSWERS])

    assert found == [], "import it in the worker"


def test_a_list_of_tenants_imports_nothing_that_it_does_not_read(tmp_path):
    url = f"file://{tmp_path / 'store'}"
    space = open_store(StoreSettings(url=url), create=True).create_tenant(
        "shop", "Shop", author=Author("test", "here")
    )
    space.keys.create("web", ("serve",), author=Author("test", "here"))
    script = "from typer.testing import CliRunner\nfrom recommender_cli.command import app\n"
    script += "told = CliRunner().invoke(app, ['tenants', 'list'])\n"
    script += "assert 'shop' in told.output, told"

    found = imported(script, [*HEAVY, *OF_ANSWERS], RECOMMENDER_STORE_URL=url)

    assert found == [], "import it in the function that needs it"


def test_what_is_told_of_a_tenant_without_events_takes_no_query():
    script = """
from datetime import UTC, datetime
from recommender_api.accounting.statement import draw_up
from recommender_store.author import Author
from recommender_store.event_log.daily import daily
from recommender_store.opening import open_store
from recommender_store.settings import StoreSettings

store = open_store(StoreSettings(url="memory://"), create=True)
space = store.create_tenant("shop", "Shop", author=Author("test", "here"))
assert draw_up(space, [datetime.now(UTC).date()]).unaccounted == 0
assert daily(space.events, 30).total == 0
"""

    assert imported(script, ["duckdb"]) == []
