"""From a log to live recommendations in one command, as a new team runs it."""

import gzip
import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from recommender_store.opening import open_store
from recommender_store.settings import StoreSettings
from tests.recommender_api.served import NO_TLS, serving, until
from tests.recommender_cli.conftest import write_log
from tests.recommender_cli.shell import Said, Shell
from tests.worlds.long_tail import long_tail

ENDPOINT = "http://api.example"
WORLD = long_tail(users=300, items=120, events=12_000, seed=3)


def onboarded(shell: Shell, *more: object) -> Said:
    return shell.run("tenants", "create", "shop", "--endpoint", ENDPOINT, *more)


def statuses(document: dict[str, Any]) -> dict[str, str]:
    return {one["step"]: one["status"] for one in document["steps"]}


@pytest.fixture(name="onboarded_shop", scope="module")
def _onboarded_shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shell, Any]:
    """A shell in whose folder `shop` was onboarded, and what was said; not to be retrained."""
    shell = Shell(tmp_path_factory.mktemp("onboarded"))
    write_log(shell.folder / "log.csv")
    said = onboarded(shell, "--from", "log.csv", "--json")
    assert said.code == 0, said.err
    return shell, said


def test_a_log_is_live_after_one_command(onboarded_shop: tuple[Shell, Said]) -> None:
    shell, said = onboarded_shop
    document = said.document

    assert document["status"] == "live"
    assert list(statuses(document).values()) == ["done"] * 6
    assert document["import"]["new_events"] == 12_000
    live = shell.run("models", "list", "--tenant", "shop", "--json").document["current"]
    assert document["training"]["version"] == live
    assert [one["placement"] for one in document["recommendations"]] == ["similar", "for_you"]
    assert all(len(one["items"]) == 5 for one in document["recommendations"])
    told = [line[:3] for line in said.err.splitlines() if line[1:3] == "/6"]
    assert told == [f"{at}/6" for at in range(1, 7)]


def test_what_is_printed_works_as_it_stands(
    onboarded_shop: tuple[Shell, Said], tmp_path: Path
) -> None:
    shell, said = onboarded_shop
    url = f"file://{shell.folder / '.recommender'}"
    store = open_store(StoreSettings(url=url, cache_dir=tmp_path / "cache"))
    with serving(store) as served:
        line = said.document["curl"].replace(ENDPOINT, served.base_url)
        _, _, header, address = shlex.split(line)
        asked = httpx.get(address, headers=[header.split(": ")], verify=NO_TLS)
        script = said.document["snippet"].replace(ENDPOINT, served.base_url)
        sent = subprocess.run(
            [sys.executable, "-W", "error", "-c", script], capture_output=True, check=False
        )

        assert asked.status_code == 200, asked.text
        assert len(asked.json()["items"]) == 5
        assert sent.returncode == 0, sent.stderr
        recent = served.of("shop")
        until(lambda: recent.get("/readiness").json()["events"] == 12_001)


def test_the_same_command_again_does_nothing_twice(onboarded_shop: tuple[Shell, Said]) -> None:
    shell, first = onboarded_shop

    again = onboarded(shell, "--from", "log.csv", "--json")

    assert again.code == 0, again.err
    assert again.document["import"]["new_events"] == 0
    assert again.document["training"]["version"] == first.document["training"]["version"]
    assert again.document["key"]["key_id"] == first.document["key"]["key_id"]
    assert again.document["key"]["secret"] is None
    assert "$RECOMMENDER_API_KEY" in again.document["curl"]


def test_each_refusal_keeps_what_stands_and_the_same_command_goes_on(shell: Shell) -> None:
    rows = [f"app,item-{at % 50},2026-01-{1 + at % 28:02d}T10:00:00Z,view" for at in range(2000)]
    head = "user_id,item_id,timestamp,event"
    (shell.folder / "log.csv").write_text("\n".join([head, *rows]))
    settings = shell.folder / "shop.yaml"
    settings.write_text("id: shop\ntraining: {minimum_interactions: 1000000}\n")

    unready = onboarded(shell, "--from", "log.csv", "--json")

    assert unready.code == 3
    assert (unready.document["status"], unready.document["refused"]["code"]) == (
        "refused",
        "one_user",
    )
    assert statuses(unready.document) == {"looking": "done", "readiness": "refused"}
    assert "'app'" in unready.err
    assert shell.run("tenants", "readiness", "shop", "--json").document["events"] == 0

    write_log(shell.folder / "log.csv")
    shell.run("tenants", "apply", "shop.yaml")
    untrained = onboarded(shell, "--from", "log.csv", "--json")

    assert untrained.code == 3
    assert untrained.document["import"]["new_events"] == 12_000
    assert untrained.document["refused"]["step"] == "training"
    assert untrained.document["refused"]["sentence"] in untrained.err
    assert "key" not in untrained.document

    settings.write_text("id: shop\n")
    shell.run("tenants", "apply", "shop.yaml")
    live = onboarded(shell, "--from", "log.csv", "--json")

    assert live.code == 0, live.err
    assert live.document["import"]["new_events"] == 0
    assert live.document["key"]["secret"].startswith("rk_shop_")


def test_a_log_in_doubt_is_told_with_what_to_pass(shell: Shell) -> None:
    rows = "".join(f"{at},{at + 1},{1_700_000_000 + at}\n" for at in range(50))
    (shell.folder / "log.csv").write_text("a,b,c\n" + rows)

    said = onboarded(shell, "--from", "log.csv")

    assert said.code == 1
    assert "--mapping" in said.err
    assert "--format" in said.err
    assert "retailrocket" in said.err


def test_options_of_a_log_without_the_log_are_a_usage_error(shell: Shell) -> None:
    (shell.folder / "log.csv").write_text("user_id,item_id\n")

    said = onboarded(shell, "--items", "log.csv")

    assert said.code == 2
    assert "--from" in said.err


def retail_line(at: int, one: Any) -> str:
    return (
        f"{500_000 + at},{one.item_id},TITLE {one.item_id},2,"
        f"{one.occurred_at:%Y-%m-%d %H:%M:%S},3.5,{one.user_id[-6:]},France"
    )


def retailrocket_line(at: int, one: Any) -> str:
    kind = ("view", "view", "addtocart", "transaction")[at % 4]
    return f"{int(one.occurred_at.timestamp() * 1000)},{one.user_id},{kind},{one.item_id},"


def rating_line(_: int, one: Any) -> str:
    return f"{one.user_id[-6:]},{one.item_id[-6:]},4.5,{int(one.occurred_at.timestamp())}"


FORMATS: dict[str, tuple[str, str, Any]] = {
    "online-retail": (
        "any-name.csv.gz",
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
        retail_line,
    ),
    "retailrocket": (
        "visits.csv",
        "timestamp,visitorid,event,itemid,transactionid",
        retailrocket_line,
    ),
    "movielens": ("ratings.csv", "userId,movieId,rating,timestamp", rating_line),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_a_known_format_needs_its_path_and_nothing_else(shell: Shell, name: str) -> None:
    file, head, line = FORMATS[name]
    lines = [head, *(line(at, one) for at, one in enumerate(WORLD.interactions))]
    text = "\n".join(lines).encode()
    (shell.folder / file).write_bytes(gzip.compress(text) if file.endswith(".gz") else text)
    films = "".join(f"{at:06d},Film {at} (1999),Drama\n" for at in range(120))
    if name == "movielens":
        (shell.folder / "movies.csv").write_text("movieId,title,genres\n" + films)

    said = onboarded(shell, "--from", file, "--json")

    assert said.code == 0, said.err
    assert said.document["format"] == name
    assert said.document["import"]["new_events"] == 12_000
    titles = [
        one["title"] for answer in said.document["recommendations"] for one in answer["items"]
    ]
    assert titles
    assert all(titles) == (name != "retailrocket")


def test_items_of_a_log_that_is_silent_come_from_a_file_of_their_own(
    onboarded_shop: tuple[Shell, Said],
) -> None:
    shell, _ = onboarded_shop
    items = sorted({one.item_id for one in WORLD.interactions})
    lines = [json.dumps({"item_id": one, "title": f"The {one}"}) for one in items]
    (shell.folder / "items.jsonl").write_text("\n".join(lines))

    said = onboarded(shell, "--from", "log.csv", "--items", "items.jsonl", "--json")

    assert said.code == 0, said.err
    assert said.document["import"]["items"] == len(items)
    assert said.document["recommendations"][0]["title"].startswith("The item-")
