"""
`recommender demo`: two tenants from nothing to recommendations, through the public doors only.
"""

from pathlib import Path
from typing import Annotated

import typer


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after printing.")] = False,
    data: Annotated[
        Path | None, typer.Option(exists=True, help="Your own log instead of ours.")
    ] = None,
    log_format: Annotated[str, typer.Option("--format", help="Its format; else guessed.")] = "",
    port: Annotated[int, typer.Option(help="Where the API listens.")] = 8000,
) -> None:
    """
    Onboard two tenants, send their events through the SDK, train, gate, recommend, keep serving.

    Example: recommender demo --once
    """
    from .tour import run_tour

    run_tour(once=once, data=data, log_format=log_format, port=port)
