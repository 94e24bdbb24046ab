"""
Ask a staged bundle in a process that has never seen it: does it open, does it answer.

    python -m trainers.evaluation.fresh_answers FOLDER MANIFEST SLOT…

The child imports what a server imports, opens the files that are to be published, asks each slot
for some users or items and prints a line of JSON a slot. Whatever happens to it (an exception, a
crash in native code, no end) is a fault of the slot that it was at, told in words.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from recommender_models.bundle import Bundle
from recommender_models.popularity import PopularRanking
from recommender_models.protocol import NO_ROWS, ForYou, History, Ranked, Rows, SimilarItems
from recommender_store.artifacts.manifest import SLOTS, Manifest, SlotName

USERS, ITEMS, LENGTH = 64, 1_000, 10
"""Who is asked about, and for how many; most items of a large catalog have no neighbours."""
MODULE = "trainers.evaluation.fresh_answers"
_ROOT = Path(__file__).parents[2]


class Answer(msgspec.Struct):
    """What the child says of one slot."""

    slot: str
    fault: str | None


def faults(
    folder: Path, manifest: Path, slots: Sequence[SlotName], timeout_s: float
) -> dict[SlotName, str | None]:
    """
    Each slot's fault, None where it answered.

    One child asks for all; after one that died, another goes on with the slots behind the one that
    it died at.

    Args:
        folder: of the bundle's files.
        manifest: a file that describes them.
        slots: in the order in which they are asked.
        timeout_s: for all of them.
    """
    found: dict[SlotName, str | None] = {}
    deadline_s = time.monotonic() + timeout_s
    while left := [slot for slot in slots if slot not in found]:
        left_s = deadline_s - time.monotonic()
        if left_s <= 0:
            return found | dict.fromkeys(left, f"there was no answer within {timeout_s:g} s")
        answers, end = _ask(folder, manifest, left, left_s)
        found |= {slot: answers[slot] for slot in left if slot in answers}
        silent = [slot for slot in left if slot not in answers]
        if silent:
            found[silent[0]] = end or "it said nothing of this slot"
    return found


def _ask(
    folder: Path, manifest: Path, slots: Sequence[str], timeout_s: float
) -> tuple[dict[str, str | None], str | None]:
    """What a child said before it ended, and how it ended if not well."""
    path = os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    command = [sys.executable, "-m", MODULE, str(folder), str(manifest), *slots]
    try:
        child = subprocess.run(  # noqa: S603 - our own module, on our own files
            command,
            env=os.environ | {"PYTHONPATH": path},
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return _read(error.stdout or b""), "there was no answer in the time it had"
    return _read(child.stdout), _ending(child.returncode, child.stderr.decode(errors="replace"))


def _read(lines: bytes) -> dict[str, str | None]:
    answers: dict[str, str | None] = {}
    for line in lines.splitlines():
        try:
            answer = msgspec.json.decode(line, type=Answer)
        except msgspec.DecodeError:
            continue
        answers[answer.slot] = answer.fault
    return answers


def _ending(code: int, said: str) -> str | None:
    if not code:
        return None
    if code < 0:
        return f"the process died by signal {-code}"
    last = said.strip().splitlines()[-1:] or [f"exit code {code}"]
    return last[0][:300]


def main(arguments: Sequence[str]) -> None:
    folder, described, *slots = arguments
    manifest = Manifest.model_validate_json(Path(described).read_bytes())
    for slot in SLOTS:
        if slot in slots:
            # Alone, so that files that cannot be opened are told of the slot whose they are.
            only = manifest.model_copy(update={"slots": {slot: manifest.slots[slot]}})
            said = fault_of(Bundle.open(only, Path(folder)), slot)
            sys.stdout.write(msgspec.json.encode(Answer(slot, said)).decode() + "\n")
            sys.stdout.flush()


def fault_of(bundle: Bundle, slot: SlotName) -> str | None:
    """What is wrong with a slot's answers to some of the bundle's own users or items."""
    if slot in ("popular", "trending"):
        ranking = bundle.slots[slot]
        tops = [ranking.top(LENGTH)] if isinstance(ranking, PopularRanking) else []
        return _flaw_of(tops, bundle)
    histories = [bundle.known(int(row)) for row in _spread_over(len(bundle.users), USERS)]
    model_of_items = bundle.slots[slot]
    if slot in ("similar", "bought_together", "content") and isinstance(
        model_of_items, SimilarItems
    ):
        seen = [history.rows for history in histories]
        rows = np.unique(np.concatenate([*seen, _spread_over(len(bundle.items), ITEMS)]))
        return _flaw_of(model_of_items.similar_items(rows.astype(np.int32), LENGTH), bundle)
    return _flaw_for_users(bundle, slot, histories)


def _flaw_for_users(bundle: Bundle, slot: SlotName, histories: list[History]) -> str | None:
    model = bundle.slots[slot]
    if not isinstance(model, ForYou):
        return "it is no model of the kind that its slot takes"
    if not histories:
        return None
    answers = model.recommend(histories, LENGTH)
    for answer, history in zip(answers, histories, strict=True):
        if np.isin(answer.rows, history.excluded).any():
            return "it recommends what is excluded"
    return _flaw_of(answers, bundle)


def _spread_over(count: int, most: int) -> Rows:
    if not count:
        return NO_ROWS
    return np.unique(np.linspace(0, count - 1, min(most, count)).astype(np.int32))


def _flaw_of(answers: list[Ranked], bundle: Bundle) -> str | None:
    if not any(len(answer.rows) for answer in answers):
        return "it answers nothing to anybody"
    count = len(bundle.items)
    return next((said for answer in answers if (said := _flaw(answer, count))), None)


def _flaw(answer: Ranked, item_count: int) -> str | None:
    if not np.isfinite(answer.scores).all():
        return "it gives scores that are no numbers"
    if len(answer.rows) and not 0 <= answer.rows.min() <= answer.rows.max() < item_count:
        return "it names items that the bundle does not have"
    if len(np.unique(answer.rows)) != len(answer.rows):
        return "it names an item twice in one answer"
    return None


if __name__ == "__main__":
    main(sys.argv[1:])
