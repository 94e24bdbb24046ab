"""Documents that fail: what the code says, the documents name, and no link leads nowhere."""

import ast
import re

import pytest

from tests.architecture.test_shape import MODULES, ROOT

README_LINES = 120
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
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
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


def test_every_error_code_is_explained():
    codes = error_codes()
    missing = codes - named(codes, page("docs/errors.md"))

    assert codes
    assert not missing, f"docs/errors.md does not explain {sorted(missing)}"


def test_every_environment_variable_is_explained():
    variables = {
        name for path in MODULES for name in VARIABLE.findall(path.read_text(encoding="utf-8"))
    }
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
