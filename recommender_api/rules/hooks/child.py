"""
The process that a tenant's hooks run in: loads them, then answers call after call.

    python -m recommender_api.rules.hooks.child FD NAME…

Speaks on one inherited socket and on nothing else. Ends when the other end is gone, whatever a hook
is doing just then. Imports msgspec and the hooks, nothing of the platform's machinery.
"""

import contextlib
import ctypes
import gc
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import entry_points
from typing import Any, Final

from .wire import HEAD, Call, Ready, Reply, framed, read_call

GROUP: Final = "recommender_platform.hooks"
DETAIL_LENGTH: Final = 200
RECEIVED_AT_ONCE: Final = 2**16
_PR_SET_PDEATHSIG: Final = 1

Hook = Callable[..., Any]


def main(arguments: Sequence[str]) -> None:
    """Serve until nobody listens any more."""
    line = socket.socket(fileno=int(arguments[0]))
    _end_with(line)
    hooks, faults = loaded(arguments[1:])
    gc.freeze()  # what was loaded lives as long as the process: no call pays for looking at it
    line.sendall(framed(Ready(faults)))
    while (call := _received(line)) is not None:
        line.sendall(framed(answered(call, hooks)))


def loaded(names: Sequence[str]) -> tuple[dict[str, Hook], dict[str, str]]:
    """The hooks by name, and why others cannot be called."""
    hooks: dict[str, Hook] = {}
    faults: dict[str, str] = {}
    for name in names:
        try:
            found = tuple(entry_points(group=GROUP, name=name))
            if not found:
                faults[name] = f"no package that is installed here has it in the group {GROUP}"
            elif callable(hook := found[0].load()):
                hooks[name] = hook
            else:
                faults[name] = f"{found[0].value} is no function"
        except BaseException as error:  # noqa: BLE001 - a module of somebody else's may raise anything
            faults[name] = _told(error)
    return hooks, faults


def answered(call: Call, hooks: Mapping[str, Hook]) -> Reply:
    """What the hook makes of the candidates; whatever it raises is told."""
    where = {item_id: place for place, item_id in enumerate(call.candidates.ids)}
    try:
        returned = hooks[call.hook](call.request, call.candidates)
    except BaseException as error:  # noqa: BLE001 - a tenant's hook may raise anything
        return Reply(call.number, "failed", f"raised {_told(error)}")
    try:
        return _read(call.number, returned, where)
    except Exception as error:  # noqa: BLE001 - it may have returned anything
        return Reply(call.number, "invalid", f"returned no candidates: {_told(error)}")


def _read(number: int, returned: Any, where: dict[str, int]) -> Reply:
    """Each id that was given counts the first time that it comes back."""
    if not (hasattr(returned, "ids") and hasattr(returned, "scores")):
        raise TypeError(f"{type(returned).__name__} has no ids and scores")
    count = len(where)
    ids, scores = list(returned.ids), [float(score) for score in returned.scores]
    if len(ids) != len(scores):
        raise ValueError(f"{len(ids)} ids, {len(scores)} scores")
    known = [(where.pop(item_id, -1), score) for item_id, score in zip(ids, scores, strict=True)]
    kept = [one for one in known if one[0] >= 0]
    reply = Reply(
        number,
        "applied",
        places=[place for place, _ in kept],
        scores=[score for _, score in kept],
        ignored=len(known) - len(kept),
    )
    if not reply.fits(count):
        raise ValueError("a score is no finite number")
    return reply


def _told(error: BaseException) -> str:
    """An error in one line, and no longer than a sentence."""
    with contextlib.suppress(Exception):
        return " ".join(f"{type(error).__name__}: {error}".split())[:DETAIL_LENGTH]
    return type(error).__name__


def _received(line: socket.socket) -> Call | None:
    head = _exactly(line, HEAD.size)
    body = None if head is None else _exactly(line, HEAD.unpack(head)[0])
    return None if body is None else read_call(body)


def _exactly(line: socket.socket, count: int) -> bytes | None:
    """So many bytes; None where there are no more."""
    parts = bytearray()
    while len(parts) < count:
        part = line.recv(min(count - len(parts), RECEIVED_AT_ONCE))
        if not part:
            return None
        parts += part
    return bytes(parts)


def _end_with(line: socket.socket) -> None:
    """Have the process end with the worker, in the midst of a hook too."""
    if sys.platform == "linux":  # even where a hook keeps every other thread from running
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_watch, args=(line.fileno(),), daemon=True).start()


def _watch(descriptor: int) -> None:
    hang_up = select.poll()
    hang_up.register(descriptor, 0)
    hang_up.poll()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
