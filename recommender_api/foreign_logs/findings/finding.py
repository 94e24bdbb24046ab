"""
One thing worth knowing about a log, how bad it is, and what to do about it.
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Severity(StrEnum):
    """From what makes a log useless to what is merely good to know."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Finding(BaseModel):
    """``code`` is stable; ``sentence`` is for people and names the numbers."""

    model_config = ConfigDict(frozen=True)

    code: str
    severity: Severity
    sentence: str


def error(code: str, sentence: str) -> Finding:
    return Finding(code=code, severity=Severity.ERROR, sentence=sentence)


def warning(code: str, sentence: str) -> Finding:
    return Finding(code=code, severity=Severity.WARNING, sentence=sentence)


def note(code: str, sentence: str) -> Finding:
    return Finding(code=code, severity=Severity.NOTE, sentence=sentence)
