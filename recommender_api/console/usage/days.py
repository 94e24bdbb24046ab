"""
Which UTC days a page is about, and how they are written below a plot.
"""

from datetime import date

from starlette.requests import Request


def days_asked(request: Request) -> dict[str, str]:
    """What an address says of the first and the last day; nothing where it is silent."""
    asked = {name: request.query_params.get(name, "").strip() for name in ("from", "to")}
    return {name: text for name, text in asked.items() if text}


def label_of(day: str) -> str:
    """20 Nov."""
    return f"{date.fromisoformat(day):%d %b}"
