"""
Counts that are added up in a dict, and told to Prometheus now and then.

An addition here costs a tenth of one there, most of all with several workers, whose counts lie in
files. A process that is killed loses what it counted in its last second.
"""

from prometheus_client import Counter

Labels = tuple[str | int, ...]


class Pending:
    """What is not told yet of one counter; all calls come from one thread."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._counts: dict[Labels, int] = {}

    def count(self, labels: Labels, by: int = 1) -> None:
        """`labels` are values in the counter's order."""
        self._counts[labels] = self._counts.get(labels, 0) + by

    def tell(self) -> None:
        counts, self._counts = self._counts, {}
        for labels, by in counts.items():
            self._counter.labels(*labels).inc(by)
