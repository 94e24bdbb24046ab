"""
Usage as CSV, a line a tenant and day: what the command line writes and the console hands out.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from .document import UsageDocument


def csv_of(documents: Iterable[UsageDocument]) -> str:
    """A column for every figure that any of the lines has; 0 where another has none."""
    rows = [row for document in documents for row in _rows(document)]
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval=0, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _rows(document: UsageDocument) -> Iterator[dict[str, Any]]:
    for day in document.days:
        plain = day.model_dump(mode="json", exclude={"day", "answers", "refused", "cost"})
        row = {"tenant": document.tenant, "day": day.day, **plain}
        row |= {f"answers_{tier}": count for tier, count in day.answers.items()}
        row |= {f"refused_{quota}": count for quota, count in day.refused.items()}
        if day.cost is not None:
            costs = day.cost.model_dump()
            row |= {"currency": document.currency}
            row |= {f"cost_{name}": cost for name, cost in costs.items()}
        yield row
