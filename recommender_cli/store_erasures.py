"""
`recommender store erase`: what is done for a user, a session, or those whom the API was asked to
erase, and what is said of it.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recommender_store.errors import StoreError
from recommender_store.tenants.identity import TenantId

from .output import counted, emit, fail, table
from .stores import author
from .tenant_faults import end_with, told_faults

if TYPE_CHECKING:
    from recommender_store.care.erase import Receipt
    from recommender_store.erasures.receipt import Receipt as UserReceipt
    from recommender_store.opening import Store
    from recommender_store.tenant_space import TenantSpace


def erase_user(store: "Store", space: "TenantSpace", user: str, *, as_json: bool) -> None:
    """As over REST: a receipt that stays, and what the user did before never comes back."""
    from recommender_store.care.forgetting import SETTLE_S, follow_orders, order

    receipt_id = order(space, user, author()).id
    time.sleep(SETTLE_S)
    sessions = follow_orders(space, store.cache).sessions.get(receipt_id, ())
    receipt = space.erasures.find(receipt_id)
    document = {"tenant": space.tenant_id, **receipt.model_dump(mode="json")}
    emit({**document, "sessions": sessions}, as_json=as_json, lines=_told(receipt, sessions))
    if not receipt.done:
        fail("something is left: a server goes on with it, or `--pending` does")


def _told(receipt: "UserReceipt", sessions: Sequence[str]) -> Iterator[str]:
    yield f"{receipt.id}: {'done' if receipt.done else 'not done yet'}"
    models = [one for one, state in receipt.models.items() if state == "erased"]
    if receipt.events_removed or models:
        yield f"{counted(receipt.events_removed, 'event')} removed"
        yield f"{counted(len(models), 'model')} written anew: {', '.join(models) or 'none'}"
    else:
        yield "nothing of them was found, in the log or in a model"
    yield from (f"waits for: {one}" for one in receipt.open)
    yield from (f"not covered: {one}" for one in receipt.not_covered)
    if sessions:
        yield f"`--session` erases what was done without the user's id: {', '.join(sessions)}"


def erase_session(store: "Store", space: "TenantSpace", session: str, *, as_json: bool) -> None:
    from recommender_store.care.erase import erase_actor
    from recommender_store.event_log.erasure import Actor

    receipt = erase_actor(space, Actor("session_id", session), store.cache, datetime.now(UTC))
    _note_session(space, session, receipt)
    document = {"tenant": space.tenant_id, **asdict(receipt)}
    emit(document, as_json=as_json, lines=_receipt(receipt))
    if not receipt.is_complete:
        fail("something is left: see what was not covered, and erase again")


def erase_pending(store: "Store", tenants: list[TenantId], *, as_json: bool) -> None:
    """What was asked for was meant: nobody is asked again."""
    from recommender_store.care.forgetting import follow_orders

    receipts: list[tuple[TenantId, UserReceipt]] = []
    faults, is_complete = {}, True
    for one in tenants:
        try:
            if store.space(one).exists():
                followed = follow_orders(store.space(one), store.cache)
                receipts += [(one, receipt) for receipt in followed.receipts]
                is_complete = is_complete and followed.is_complete
        except StoreError as error:
            faults[one] = error
    document = {
        "receipts": [{"tenant": one, **told.model_dump(mode="json")} for one, told in receipts],
        "faults": told_faults(faults),
    }
    states = [
        (one, told.id, "done" if told.done else "; ".join(told.open)) for one, told in receipts
    ]
    emit(document, as_json=as_json, lines=[table(["tenant", "receipt", "state"], states)])
    end_with(faults)
    if not is_complete:
        fail("something is left: see what it waits for, and say it again")


def _note_session(space: "TenantSpace", session: str, receipt: "Receipt") -> None:
    """In the audit trail, by the digest alone."""
    from recommender_store.audit.deeds import Deed

    told = {
        "events": receipt.log.events,
        "models": list(receipt.models),
        "is_complete": receipt.is_complete,
    }
    subject = (space.digest_of("session", session),)
    space.audit.note(Deed("session.erased", subject), author(), told)


def _receipt(receipt: "Receipt") -> Iterator[str]:
    log = receipt.log
    if log.events or receipt.models:
        events, files = counted(log.events, "event"), counted(log.files_rewritten, "file")
        yield f"{events} removed, {files} of the log replaced"
        models = counted(len(receipt.models), "model")
        yield f"{models} written anew: {', '.join(receipt.models) or 'none'}"
    else:
        yield "nothing of them was found, in the log or in a model"
    yield from (
        f"{'covered' if log.events else 'looked through'}: {one}" for one in receipt.covered
    )
    yield from (f"not covered: {one}" for one in receipt.not_covered)
