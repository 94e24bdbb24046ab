"""Every alert fires where it should, is silent where it should, and leads to its page."""

import re
import shutil
import subprocess

import pytest
import yaml
from typer.main import get_command

from recommender_cli.command import app
from tests.observability.alert_cases import CASES
from tests.observability.files import ALERTS, NAME, RUNBOOKS, alerts, exported, recorded, rules

PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="install Debian's prometheus")
COMMAND = re.compile(r"(?:`|^)recommender ([a-z]+) ?([a-z]*)", re.MULTILINE)


@needs_promtool
def test_prometheus_understands_every_rule():
    done = subprocess.run([PROMTOOL, "check", "rules", *ALERTS], capture_output=True, check=False)

    assert done.returncode == 0, done.stderr.decode()


def test_every_alert_has_a_case():
    assert sorted(case.alert for case in CASES) == sorted(rule["alert"] for rule in alerts())


@needs_promtool
def test_every_alert_fires_and_is_silent_where_it_should(tmp_path):
    pages = [written(case, tmp_path) for case in CASES]

    done = subprocess.run([PROMTOOL, "test", "rules", *pages], capture_output=True, check=False)

    assert done.returncode == 0, (done.stdout + done.stderr).decode()


def written(case, folder):
    """A case as promtool reads it, beside the rules that it is about and no others."""
    (alert,) = (rule for rule in alerts() if rule["alert"] == case.alert)
    needed = [rule for rule in rules() if rule.get("record", "nothing") in alert["expr"]]
    group = {"name": case.alert, "rules": [*needed, alert]}
    (folder / f"{case.alert}.rules.yaml").write_text(yaml.safe_dump({"groups": [group]}))
    firing = f'count(ALERTS{{alertname="{case.alert}",alertstate="firing"}}) or vector(0)'
    tests = [
        {
            "name": f"{case.alert} {'fires' if number else 'is silent'}",
            "interval": case.step,
            "input_series": [{"series": name, "values": told} for name, told in series.items()],
            "promql_expr_test": [
                {
                    "expr": firing,
                    "eval_time": case.at,
                    "exp_samples": [{"labels": "{}", "value": number}],
                }
            ],
        }
        for number, series in ((1, case.fires), (0, case.silent))
    ]
    page = folder / f"{case.alert}.yaml"
    every = "15m" if case.step == "10m" else "5m"  # days of a minute each would take long
    document = {"rule_files": [f"{case.alert}.rules.yaml"], "evaluation_interval": every}
    page.write_text(yaml.safe_dump({**document, "tests": tests}))
    return page


def test_rules_ask_for_nothing_that_no_server_exports():
    asked = {name for rule in rules() for name in NAME.findall(rule["expr"])}

    assert asked
    assert not asked - exported()
    series = {name for one in rules() for name in re.findall(r"\brecommender:[\w:]+", one["expr"])}
    assert not series - recorded()


def test_every_alert_leads_to_a_page_and_says_how_bad_it_is():
    for rule in alerts():
        page = RUNBOOKS / rule["annotations"]["runbook_url"].removeprefix("docs/runbooks/")
        assert page.exists(), f"{rule['alert']} leads to {page.name}, which is not there"
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert f"`{rule['alert']}" in page.read_text(), f"{page.name} does not name {rule['alert']}"


def test_every_page_is_led_to_by_an_alert_or_is_a_procedure():
    led_to = {
        rule["annotations"]["runbook_url"].removeprefix("docs/runbooks/") for rule in alerts()
    }

    for page in RUNBOOKS.glob("*.md"):
        assert page.name in led_to or COMMAND.search(page.read_text()), page.name


def test_pages_name_verbs_that_there_are():
    verbs = known_verbs(get_command(app))

    for page in RUNBOOKS.glob("*.md"):
        for one, two in COMMAND.findall(page.read_text()):
            assert one in verbs, f"{page.name}: {one}"
            assert not verbs[one] or two in {"", *verbs[one]}, f"{page.name}: {one} {two}"


def known_verbs(command):
    """Verb → the verbs below it."""
    return {name: set(getattr(one, "commands", ())) for name, one in command.commands.items()}
