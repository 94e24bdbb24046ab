"""
Looking at every chain of revisions below a scope, whatever it decides, and at a log's segments.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from recommender_store.errors import ObjectMissing, RecordUnreadable, SegmentCorrupt

from .append_log import AppendLog, Segment
from .finding import Examined, Finding, damage
from .revisions import RevisionChain
from .scope import Scope
from .segment import SegmentName

REVISION = re.compile(r"(.+)/(\d{12})\.json")
RESTORE = "restore it from a backup"


def inspect_chains(scope: Scope, keys: Iterable[str], examined: Examined) -> Iterator[Finding]:
    """Every revision among the keys can be read, and no number is missing before the last."""
    chains: dict[str, set[int]] = defaultdict(set)
    for key in keys:
        if found := REVISION.fullmatch(key):
            chains[found[1]].add(int(found[2]))
    for prefix, numbers in sorted(chains.items()):
        holes = sorted(set(range(1, max(numbers) + 1)) - numbers)
        if holes:
            sentence = f"misses revision {holes[0]}, so that later ones are not found: {RESTORE}"
            yield damage(prefix, sentence)
        yield from _unreadable(scope.chain(prefix), prefix, sorted(numbers), examined)


def _unreadable(
    chain: RevisionChain, prefix: str, numbers: list[int], examined: Examined
) -> Iterator[Finding]:
    for number in numbers:
        key = f"{prefix}/{number:012d}.json"
        examined(key)
        try:
            chain.at(number)
        except RecordUnreadable as error:
            yield damage(key, f"cannot be read, {error.reason}: {RESTORE}")
        except ObjectMissing:
            continue  # the whole chain went meanwhile


def inspect_segments(
    scope: Scope, examined: Examined, look: Callable[[Segment, list[bytes]], str | None]
) -> Iterator[Finding]:
    """Every segment below the scope holds what its name says, and lines that `look` accepts."""
    log = AppendLog(scope)
    for info in scope.list(""):
        examined(info.key)
        writer, _, name = info.key.partition("/")
        try:
            segment = Segment(writer, SegmentName.parse(name), info.size)
            fault = look(segment, log.read(segment))
        except SegmentCorrupt as error:
            fault = error.reason
        except ObjectMissing:
            continue  # compacted meanwhile
        if fault:
            yield damage(info.key, f"is a damaged segment ({fault}): {RESTORE}")
