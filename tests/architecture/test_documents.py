"""Documents that fail: what the code says, the documents name, and no link leads nowhere."""

import ast
import re
from typing import get_args

import pytest

from recommender_api.foreign_logs.tables.line_faults import LINE_FAULTS
from recommender_api.problems import STATUS
from recommender_api.rules.expression.invalid import FaultCode
from tests.architecture.tree import MODULES, ROOT, calls, nodes, text

README_LINES = 120
METRICS = ("Counter", "Gauge", "Histogram", "Summary", "counter", "gauge", "histogram")
FAMILIES = ("CounterMetricFamily", "GaugeMetricFamily")
VARIABLE = re.compile(r"\bRECOMMENDER_[A-Z0-9]+(?:_[A-Z0-9]+)*\b")
LINK = re.compile(r"\]\(([^)\s]+)\)")
PAGES = sorted({*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")})


def page(name: str) -> str:
    """Return a page's text, or fail with what is missing."""
    path = ROOT / name
    if not path.exists():
        pytest.fail(f"{name} does not exist; write it")
    return path.read_text(encoding="utf-8")


def named(values: set[str], page_text: str) -> set[str]:
    """Return those of the values that stand in the text as words of their own."""
    return values & set(re.findall(r"[A-Za-z0-9_]+", page_text))


def error_codes() -> set[str]:
    """Return the `code` of every class in the rooms that has one."""
    codes: set[str] = set()
    for path in MODULES:
        for node in nodes(path):
            if isinstance(node, ast.ClassDef):
                codes |= codes_of(node)
    return codes


def codes_of(error: ast.ClassDef) -> set[str]:
    codes: set[str] = set()
    for statement in error.body:
        if isinstance(statement, ast.Assign):
            names, value = [ast.unparse(target) for target in statement.targets], statement.value
        elif isinstance(statement, ast.AnnAssign):
            names, value = [ast.unparse(statement.target)], statement.value
        else:
            continue
        if "code" in names and isinstance(value, ast.Constant) and isinstance(value.value, str):
            codes.add(value.value)
    return codes


def said(callee: str, argument: str = "", below: str = "") -> set[str]:
    """Return the texts that calls of `callee` are given: first, or under the argument's name."""
    return {
        value.value
        for path, call in calls()[callee]
        if below in path.as_posix()
        for value in given_to(call, argument)
        if isinstance(value, ast.Constant) and isinstance(value.value, str)
    }


def given_to(call: ast.Call, argument: str) -> list[ast.expr]:
    if argument:
        return [keyword.value for keyword in call.keywords if keyword.arg == argument]
    return call.args[:1]


def unexplained(values: set[str], name: str) -> list[str]:
    """Return those of the values that the page does not name; there must be some values."""
    assert values
    return sorted(values - named(values, page(name)))


def test_every_error_code_is_explained():
    codes = error_codes()
    missing = codes - named(codes, page("docs/errors.md"))

    assert codes
    assert not missing, f"docs/errors.md does not explain {sorted(missing)}"


@pytest.mark.parametrize(("code", "status"), STATUS.items())
def test_every_status_is_the_one_that_callers_are_told(code, status):
    rows = page("docs/errors.md").splitlines()

    assert any(row.startswith(f"| `{code}` | {status} |") for row in rows), (
        f"docs/errors.md does not say that {code} is answered with {status}"
    )


def test_every_code_of_a_filter_is_explained():
    assert not unexplained(set(get_args(FaultCode)), "docs/errors.md")


def test_every_reason_to_refuse_data_is_explained():
    reasons = said("DataRefused", "reason") | said("Finding", below="/datasets/checks/")

    assert not unexplained(reasons, "docs/errors.md")


def test_every_verdict_on_an_event_is_explained():
    verdicts = said("Fault") | said("EventRejected") | said("_check", below="/foreign_logs/")

    assert not unexplained(verdicts, "docs/errors.md")


def test_every_fault_of_a_batch_is_explained():
    assert not unexplained(said("BatchMalformed") | said("TimeUnreadable"), "docs/errors.md")


def test_every_code_of_a_field_is_explained():
    assert not unexplained(said("_Kind", below="/exchange/"), "docs/errors.md")


def test_every_warning_of_an_answer_is_explained():
    assert not unexplained(said("Warned", "code"), "docs/errors.md")


def test_every_finding_on_a_foreign_log_is_explained():
    words = ("error", "warning", "note")
    findings = set().union(*(said(word, below="/foreign_logs/findings/") for word in words))

    assert not unexplained(findings | set(LINE_FAULTS), "docs/formats.md")


def test_every_metric_and_its_labels_are_explained():
    rows = page("docs/metrics.md").splitlines()

    undocumented = [name for name in metrics() if not any(tells(row, name) for row in rows)]

    assert not undocumented, f"docs/metrics.md does not explain {undocumented}"


def metrics() -> list[tuple[str, tuple[str, ...]]]:
    """Return each metric's name with its labels, as they are declared."""
    found = []
    for call in [one for kind in METRICS for _, one in calls()[kind] if len(one.args) > 1]:
        labels = call.args[2] if len(call.args) > 2 else ast.List([])
        found.append((ast.literal_eval(call.args[0]), tuple(ast.literal_eval(labels))))
    for call in [one for kind in FAMILIES for _, one in calls()[kind] if one.args]:
        (labels,) = given_to(call, "labels") or [ast.List([])]
        found.append((ast.literal_eval(call.args[0]), tuple(ast.literal_eval(labels))))
    assert found
    return found


def tells(row: str, metric: tuple[str, tuple[str, ...]]) -> bool:
    name, labels = metric
    return row.startswith(f"| `{name}` | {', '.join(f'`{label}`' for label in labels)} |")


def test_every_environment_variable_is_explained():
    variables = {name for path in MODULES for name in VARIABLE.findall(text(path))}
    missing = variables - named(variables, page("docs/configuration.md"))

    assert variables
    assert not missing, f"docs/configuration.md does not explain {sorted(missing)}"


def test_the_readme_is_read_to_its_end():
    lines = len(page("README.md").splitlines())

    assert lines < README_LINES, f"README.md has {lines} lines; move what is not for everyone"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_document_leads_somewhere(path):
    targets = [
        target.partition("#")[0]
        for target in LINK.findall(path.read_text(encoding="utf-8"))
        if not re.match(r"[a-z]+:|#", target)
    ]

    broken = [target for target in targets if not (path.parent / target).exists()]

    assert not broken, f"{path.relative_to(ROOT)} links to what is not there: {broken}"
