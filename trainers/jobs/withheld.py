"""
What the gate refused, kept where somebody who knows better finds it: a bundle of its own, published
and not promoted, with every refused slot that does answer.

The rest of it is that of the bundle that goes live, where one does: files that tell of nobody are
named where they lie, users' are copied, since an erasure rewrites each bundle's own.
"""

import structlog

from recommender_store.artifacts.manifest import Manifest, SlotName, SlotRecord, Verdict
from recommender_store.artifacts.user_rows import USER_ROWS
from trainers.errors import QuotaRefused

from .bundling import file_record
from .gating import FAULTS
from .new_slots import is_let_in, new_slot, published
from .quotas import check_room
from .staging import manifest
from .training import Training

_log = structlog.get_logger()


def keep_withheld(
    training: Training,
    version: str,
    verdicts: dict[SlotName, Verdict],
    live: Manifest | None,
) -> str | None:
    """
    Publish the bundle, once; its version, or None where nothing that answers was refused, or the
    tenant has no room for it.

    Args:
        training: whose workbench holds the files.
        version: what the bundle is to be called.
        verdicts: on each fitted slot.
        live: the bundle of this training that goes live; None where none does.
    """
    faults = training.bench.read(FAULTS, dict, needs="gate")
    withheld = {slot for slot, verdict in verdicts.items() if not is_let_in(verdict)}
    silent = {slot for slot in withheld if faults.get(slot) is not None}
    if not withheld - silent:
        return None
    if published(training, version) is None:
        as_live = live.slots if live is not None else {}
        slots = {slot: _alike(training, version, one) for slot, one in as_live.items()}
        for slot, verdict in verdicts.items():
            if slot not in silent and (slot in withheld or live is None):
                slots[slot] = new_slot(training, version, slot, verdict)
        refused = {slot: verdicts[slot] for slot in sorted(silent)}
        made = manifest(training, version, slots, refused=refused)
        try:
            check_room(training.space, made)
        except QuotaRefused as refusal:
            _log.warning("refused_slots_not_kept", version=version, detail=str(refusal))
            return None
        training.space.models.publish(training.bench.bundle, made)
    return version


def _alike(training: Training, version: str, record: SlotRecord) -> SlotRecord:
    bundle = training.bench.bundle
    own = {
        name: file_record(version, bundle, file.path)
        for name, file in record.files.items()
        if name.rpartition("/")[2] in USER_ROWS
    }
    return record.model_copy(update={"files": record.files | own})
