"""Dashboards ask for what servers export, say in which unit, and can be read at a glance."""

import json
import subprocess

import pytest
import yaml

from tests.observability.files import DASHBOARDS, NAME, exported, recorded
from tests.observability.test_alerts import PROMTOOL, needs_promtool

PANELS_LIMIT = 18
EXPECTED = {"overview", "tenant", "ingest", "training", "workers"}


def panels(path):
    return [one for one in json.loads(path.read_text())["panels"] if one["type"] != "row"]


def queries(path):
    return [target["expr"] for one in panels(path) for target in one["targets"]]


def test_there_is_a_dashboard_for_each_room_of_the_platform():
    assert {path.stem for path in DASHBOARDS} == EXPECTED


def test_every_exported_family_is_shown_or_is_known_not_to_be():
    shown = {name for path in DASHBOARDS for query in queries(path) for name in NAME.findall(query)}

    families = {name.removesuffix("_bucket") for name in exported()}
    endings = ("_sum", "_count")
    hidden = {name for name in families if not name.endswith(endings)} - {
        name.removesuffix("_bucket") for name in shown
    }
    assert hidden == {"recommender_api_traces_total"}


@needs_promtool
def test_prometheus_understands_every_query(tmp_path):
    asked = [query for path in DASHBOARDS for query in queries(path)]
    meant = [one.replace("$__rate_interval", "5m").replace("$tenant", "shop") for one in asked]
    rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(meant)]
    page = tmp_path / "queries.yaml"
    page.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))

    done = subprocess.run([PROMTOOL, "check", "rules", page], capture_output=True, check=False)

    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
class TestDashboard:
    def test_it_asks_for_nothing_that_no_server_exports(self, path):
        for query in queries(path):
            series = {word for word in recorded() if word in query}
            names = set(NAME.findall(query))
            assert names or series, query
            assert not names - exported(), query

    def test_every_panel_has_a_title_and_a_unit_and_a_place_of_its_own(self, path):
        places = set()
        for panel in panels(path):
            assert panel["title"]
            assert panel["fieldConfig"]["defaults"]["unit"]
            places.add((panel["gridPos"]["x"], panel["gridPos"]["y"]))
        assert len(places) == len(panels(path)) <= PANELS_LIMIT

    def test_it_is_bound_to_no_particular_data_source(self, path):
        sources = {panel["datasource"]["uid"] for panel in panels(path)}

        assert sources == {"${datasource}"}

    def test_only_the_tenants_own_dashboard_asks_for_one(self, path):
        names = {one["name"] for one in json.loads(path.read_text())["templating"]["list"]}

        assert names == ({"datasource", "tenant"} if path.stem == "tenant" else {"datasource"})
