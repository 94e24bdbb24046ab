"""A Dockerfile as its stages, each with its instructions; as far as ours goes."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Stage(NamedTuple):
    """From one FROM to the next."""

    name: str
    base: str
    instructions: list[tuple[str, str]]

    def said(self, instruction: str) -> list[str]:
        return [rest for word, rest in self.instructions if word == instruction]


def stages_in(text: str) -> list[Stage]:
    stages: list[Stage] = []
    for word, rest in instructions_in(text):
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            stages.append(Stage(name, base, []))
        elif stages:
            stages[-1].instructions.append((word, rest))
    return stages


def instructions_in(text: str) -> list[tuple[str, str]]:
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n\s*", "", lines)
    return [
        (word.upper(), rest.strip())
        for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line.strip())
    ]
