"""
The pages of `docs/` as tests read them: fenced blocks with their language, tables as rows of cells.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^```(?P<language>\S+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def section(name: str, heading: str) -> str:
    """The text below a heading, up to the next one of any level."""
    after = page(name).partition(f"# {heading}\n")[2]
    if not after:
        raise LookupError(f"docs/{name} has no section '{heading}'")
    return re.split(r"^#+ ", after, maxsplit=1, flags=re.MULTILINE)[0]


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of one language, in order."""
    return [found["text"] for found in _FENCE.finditer(text) if found["language"] == language]


def rows(text: str) -> list[list[str]]:
    """Every table row but headings and rules, as cells without the spaces around them."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    tables = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    rules = [at for at, cells in enumerate(tables) if set("".join(cells)) <= set("-|: ")]
    aside = {*rules, *(at - 1 for at in rules)}
    return [cells for at, cells in enumerate(tables) if at not in aside]


def codes(text: str) -> list[str]:
    """What stands in single backticks, fenced blocks aside."""
    return _CODE.findall(_FENCE.sub("", text))
