"""Ports for servers that are told theirs, and bind it a moment later."""

import random
import socket

BELOW_EPHEMERAL = range(11_000, 22_000)
"""The kernel gives none of these to whoever asks for any, nor those 10,000 above to a client."""

_chance = random.SystemRandom()


def free_port() -> int:
    """Return a port that nobody listens on, and that nobody is likely to take before its server."""
    while True:
        port = _chance.choice(BELOW_EPHEMERAL)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
