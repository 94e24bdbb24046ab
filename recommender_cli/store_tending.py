"""
`recommender store tend`: what a store needs by the clock, one after the other.

None waits for the others to go well: damage of one tenant keeps nothing else from being tended.
"""

from collections.abc import Callable, Mapping
from typing import NoReturn

import typer

from .output import fail, say, sentence

Care = Mapping[str, Callable[[], None]]


def tended(order: Care) -> None:
    """Do all of it; exit 1 where something did not end well, which is said where it happened."""
    failed = [name for name, care in order.items() if not _ends_well(name, care)]
    if failed:
        _end(failed)


def _ends_well(name: str, care: Callable[[], None]) -> bool:
    say(f"{name}:")
    try:
        care()
    except (SystemExit, typer.Exit) as ended:
        return not (ended.code if isinstance(ended, SystemExit) else ended.exit_code)
    except Exception as error:  # noqa: BLE001 - whatever it is, the next one is to be done
        say(f"error: {sentence(error)}")
        return False
    return True


def _end(failed: list[str]) -> NoReturn:
    fail(
        f"{', '.join(failed)}: did not end well, for the reasons above; "
        "docs/runbooks/tending-the-store.md says what to do about each"
    )
