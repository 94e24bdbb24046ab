"""A logger SDK on paper: what it reports of itself, for tests that count."""

from dataclasses import dataclass

from loggers_sdk.wire import SdkReport, write_report


@dataclass
class PaperSdk:
    """One session; the events of each request are pending until it is told what became of them."""

    session: str = "s1"
    sequence: int = 0
    delivered: int = 0
    spooled: int = 0
    pending: int = 0
    dropped: int = 0
    rejected: int = 0
    adopted: int = 0

    def offer(self, events: int) -> None:
        self.pending += events

    def header(self) -> str:
        """For the next request."""
        self.sequence += 1
        settled = self.delivered + self.dropped + self.rejected
        return write_report(
            SdkReport(
                sdk="python/0.1.0",
                wire=1,
                session=self.session,
                sequence=self.sequence,
                offered=settled + self.spooled + self.pending,
                delivered=self.delivered,
                spooled=self.spooled,
                pending=self.pending,
                dropped=self.dropped,
                rejected=self.rejected,
                adopted=self.adopted,
            )
        )

    def told(self, delivered: int, rejected: int = 0) -> None:
        self.pending -= delivered + rejected
        self.delivered += delivered
        self.rejected += rejected
