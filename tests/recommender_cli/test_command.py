"""What every verb promises: help with an example, JSON for machines, one sentence, an exit code."""

import pytest
import structlog
from duckdb import InterruptException

from recommender_cli.command import main
from recommender_store.settings import StoreSettings

from .shell import Shell

VERBS = [
    ("demo",),
    ("serve",),
    ("train",),
    ("recommend",),
    ("doctor",),
    ("tenants", "create"),
    ("tenants", "list"),
    ("tenants", "show"),
    ("tenants", "apply"),
    ("tenants", "delete"),
    ("tenants", "restore"),
    ("keys", "create"),
    ("keys", "list"),
    ("keys", "revoke"),
    ("keys", "rotate"),
    ("canary", "show"),
    ("canary", "watch"),
    ("audit",),
    ("audit", "check"),
    ("audit", "record"),
    ("events", "inspect"),
    ("events", "import"),
    ("items", "import"),
    ("runs", "list"),
    ("runs", "show"),
    ("runs", "report"),
    ("models", "list"),
    ("models", "show"),
    ("models", "promote"),
    ("models", "rollback"),
    ("store", "compact"),
    ("store", "files"),
]


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_verb_has_help_with_an_example(shell: Shell, verb: tuple[str, ...]) -> None:
    said = shell.run(*verb, "--help")

    assert said.code == 0
    assert f"Example: recommender {' '.join(verb)}" in said.out


def test_an_unknown_option_is_a_usage_error(shell: Shell) -> None:
    said = shell.run("train", "--tenants", "shop")

    assert said.code == 2
    assert "--tenant" in said.err


def test_verbs_other_than_create_refuse_a_store_that_does_not_exist(shell: Shell) -> None:
    said = shell.run("tenants", "list")

    assert said.code == 1
    assert "recommender tenants create" in said.err
    assert "[store_missing]" in said.err
    assert not (shell.folder / ".recommender").exists()


def test_an_error_is_one_sentence_and_no_traceback(shell: Shell) -> None:
    shell.run("tenants", "create", "shop")

    said = shell.run("models", "show", "--tenant", "shop")

    assert said.code == 1
    assert said.out == ""
    assert said.err == (
        "error: no model is live for 'shop' yet: `recommender train --tenant shop`\n"
    )
    assert "Traceback" not in said.err


def test_a_store_that_is_made_and_one_that_lacks_a_tenant_are_named(shell: Shell) -> None:
    store = f"file://{shell.folder}/.recommender"

    made = shell.run("tenants", "create", "shop")
    second = shell.run("tenants", "create", "mall")
    unknown = shell.run("models", "list", "--tenant", "nasty")

    assert f"a new store was made: {store}" in made.err
    assert second.err == ""
    assert f"the store is {store} [tenant_unknown]" in unknown.err


def test_a_day_to_come_is_not_balanced_but_not_begun(shell: Shell) -> None:
    shell.run("tenants", "create", "shop")

    said = shell.run("events", "ledger", "--tenant", "shop", "--day", "2999-01-01")

    assert "2999-01-01 has not begun" in said.err


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), RuntimeError("Query interrupted"), InterruptException("x")]
)
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["events", "import", "--tenant", "shop", "log.csv"], "it goes on where it was"),
        (["store", "check"], "interrupted\n"),
    ],
)
def test_an_interruption_ends_with_130_wherever_it_comes(
    error: BaseException,
    arguments: list[str],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("sys.argv", ["recommender", *arguments])
    monkeypatch.setattr(StoreSettings, "from_environment", interrupted)

    with pytest.raises(SystemExit) as ended:
        main()
    structlog.reset_defaults()  # what it logs to ends with this test

    assert ended.value.code == 130
    assert told in capsys.readouterr().err


def test_debug_shows_the_traceback(shell: Shell) -> None:
    said = shell.run("--debug", "tenants", "list")

    assert said.code == 1
    assert "Traceback" in said.err


def test_the_doctor_finds_everything_in_place(shop: Shell) -> None:
    said = shop.run("doctor", "--json")

    assert said.code == 0
    assert said.document["healthy"] is True
    assert any(one["what"] == "tenant shop" for one in said.document["findings"])


def test_the_doctor_names_a_store_that_cannot_be_read(shell: Shell) -> None:
    said = shell.run("doctor", "--json", RECOMMENDER_STORE_URL="ftp://nowhere")

    assert said.code == 1
    assert said.document["healthy"] is False
    assert "store_url_invalid" in said.out
