"""
Whether this process should be sent requests: not before it has warmed, not once it is ending.
"""


class Readiness:
    """Begins as not ready; set by the process's lifespan, read by `/readyz`."""

    def __init__(self) -> None:
        self.state = "starting"

    @property
    def is_ready(self) -> bool:
        return self.state == "ready"

    def begin(self) -> None:
        self.state = "ready"

    def end(self) -> None:
        self.state = "ending"
