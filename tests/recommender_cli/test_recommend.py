"""`recommender recommend` answers as a server does, a tenant's own code included."""

import os
import shutil

from recommender_store.opening import open_store
from recommender_store.settings import StoreSettings
from tests.recommender_api.rules.hooks.installed import installed_in
from tests.recommender_api.served import AUTHOR
from tests.trainers.tenant import change_settings

from .shell import Shell


def test_hooks_are_run_as_a_server_runs_them(shop: Shell, tmp_path) -> None:
    shutil.copytree(shop.folder, tmp_path / "shop")
    copy = Shell(tmp_path / "shop")
    url = f"file://{copy.folder / '.recommender'}"
    space = open_store(StoreSettings.from_environment({"RECOMMENDER_STORE_URL": url})).tenant(
        "shop"
    )
    before = copy.run("recommend", "--tenant", "shop", "--json").document
    change_settings(space, hooks={"allowed": ("reversed",), "budget_ms": 1000})
    rule = {"id": "h", "kind": "hook", "name": "reversed"}
    space.policies.rules.put("h", rule, author=AUTHOR)
    path = os.pathsep.join([str(installed_in(tmp_path / "site")), os.environ.get("PYTHONPATH", "")])

    said = copy.cold.run("recommend", "--tenant", "shop", "--explain", "--json", PYTHONPATH=path)

    assert said.code == 0, said.err
    (run,) = said.document["explanation"]["hooks"]
    assert (run["hook"], run["outcome"]) == ("reversed", "applied")
    assert said.document["warnings"] == before["warnings"]
    assert said.document["items"][0]["item_id"] != before["items"][0]["item_id"]
