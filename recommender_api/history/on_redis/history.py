"""
Live history in Redis: what one process was told, every other knows at once.

It never fails anybody: what cannot be read in time is missing in the answer, with a fault that
says so; what cannot be written is read from the log when Redis is back.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping
from operator import itemgetter

import msgspec
import structlog

from recommender_api.history.joins import owner_of
from recommender_api.history.protocol import Deed, Join, Recollection, Showing
from recommender_api.telemetry.metrics import Metrics
from recommender_models.bundle import RecentEvent
from recommender_store.errors import StoreError
from recommender_store.event_log.log import EventLog
from recommender_store.tenants.identity import TenantId

from .known import LINGER_S, SEGMENT_TIME_DIGITS, Catching
from .lines import Actor, Names, lines_of, newest, read_session, read_user
from .link import Link, OutOfReach
from .shown import lines_of_shown, read_shown

OUT_OF_REACH = "live history is out of reach: what was done lately is missing; it is tried again"
BEHIND = "live history is catching up with the log: some of what was done lately may be missing"

TRY_AGAIN_S = 0.5
MARK_EVERY_S = 10.0

_log = structlog.get_logger()

_MOMENT = itemgetter(2, 1, 0)


class RedisHistory:
    """One tenant's users and sessions; made and used on one event loop."""

    def __init__(self, tenant_id: TenantId, link: Link, metrics: Metrics) -> None:
        self._tenant_id = tenant_id
        self._link = link
        self._metrics = metrics
        self._names = Names(tenant_id)
        self._loop = asyncio.get_running_loop()
        self._catching = Catching(self._names, link, self._loop)
        self._log: EventLog | None = None
        """From the first reload on."""
        self._is_behind = False
        self._misses = 0
        """Grows whenever Redis may lack something that the log has."""
        self._catcher: asyncio.Task[None] | None = None
        self._marker: asyncio.Task[None] | None = None
        self._marked_at_s = 0.0
        link.call_on_return(self._redis_is_back)

    @property
    def size_bytes(self) -> int:
        return 0

    async def add(self, deeds: Iterable[Deed]) -> None:
        await self._tell(deeds)
        self._begin_marking()

    async def join(self, session_id: str, user_id: str, at_ms: int) -> None:
        await self._tell([Join(session_id, user_id, at_ms)])

    async def recent(self, user_id: str | None, session_id: str | None) -> Recollection:
        try:
            recalled = await self._recalled(user_id, session_id)
        except OutOfReach:
            return self._faulty([], OUT_OF_REACH)
        except msgspec.MsgspecError:
            _log.error("redis_string_unreadable", tenant_id=self._tenant_id)
            return self._faulty([], OUT_OF_REACH)
        return self._faulty(recalled.events, BEHIND) if self._is_behind else recalled

    async def show(self, showings: Iterable[Showing]) -> None:
        await self._append(lines_of_shown(self._names, showings))

    async def shown(self, user_id: str | None, session_id: str | None) -> Recollection:
        names = self._names
        keys = [names.shown_to(user_id, None)] if user_id is not None else []
        keys += [names.shown_to(None, session_id)] if session_id is not None else []
        try:
            found = await self._link.read(keys)
            shown = read_shown(found[key] for key in keys)
        except (OutOfReach, msgspec.MsgspecError):
            return self._faulty([], OUT_OF_REACH)
        return Recollection([], shown=shown)

    def reload(self, log: EventLog) -> None:
        self._log = log
        misses = self._misses
        try:
            is_done = self._catching.catch_up(log)
        except OutOfReach:
            is_done = False
        self._loop.call_soon_threadsafe(self._after_reload, misses if is_done else None)

    async def _recalled(self, user_id: str | None, session_id: str | None) -> Recollection:
        """What counts for who asks."""
        names = self._names
        mine = names.user(user_id) if user_id is not None else None
        here = names.session(session_id) if session_id is not None else None
        asked = [key for key in (mine, here) if key is not None]
        found = await self._link.read([names.known, *asked])
        if found[names.known] is None:
            self._miss()
        read_from = tuple(found[key] or b"" for key in asked)
        session = read_session(found[here] if here is not None else None)
        if user_id is None:
            return Recollection(session.events, read_from=read_from)
        user = read_user(found[mine] if mine is not None else None)
        others = [names.session(one) for one in user.sessions if one != session_id]
        if not others and not session.anonymous:
            return Recollection(user.events, read_from=read_from)
        found = await self._link.read(others) if others else {}
        belonging = [*user.events, *_belonging(session, user_id)]
        for key in others:
            belonging += _belonging(read_session(found[key]), user_id)
        alone = _belonging(session, None)
        once = {_MOMENT(one): one for one in (*alone, *newest(belonging))}
        events = [once[moment] for moment in sorted(once, reverse=True)]
        return Recollection(events, read_from=(*read_from, *(found[key] or b"" for key in others)))

    async def _tell(self, told: Iterable[Deed | Join]) -> None:
        await self._append(lines_of(self._names, told))

    async def _append(self, lines: Mapping[str, bytes]) -> None:
        if not lines:
            return
        try:
            await self._link.append(lines)
        except OutOfReach:
            self._miss()

    def _begin_marking(self) -> None:
        """Now and then; whoever adds does not wait for it."""
        now_s = time.time()
        if self._log is None or self._is_behind or now_s - self._marked_at_s < MARK_EVERY_S:
            return
        self._marked_at_s = now_s
        self._marker = self._loop.create_task(self._mark(self._log.writer, now_s))

    async def _mark(self, writer: str, now_s: float) -> None:
        """Up to where Redis knows of this process's segments."""
        mark = f"{int((now_s - LINGER_S) * 1e6):0{SEGMENT_TIME_DIGITS}d}"
        try:
            await self._link.call("HSET", self._names.marks, writer, mark)
        except OutOfReach:
            self._miss()

    def _faulty(self, events: list[RecentEvent], fault: str) -> Recollection:
        self._metrics.count_history_fault(self._tenant_id)
        return Recollection(events, fault)

    def _redis_is_back(self) -> None:
        # It may have forgotten something while it was away, though nothing was missed here.
        self._miss()

    def _miss(self) -> None:
        self._is_behind = True
        self._misses += 1
        self._begin_catching()

    def _after_reload(self, misses: int | None) -> None:
        """`misses` as they were before Redis was brought up to the log; None: it was not."""
        if misses is None:
            self._miss()
        elif misses == self._misses:
            self._is_behind = False

    def _begin_catching(self) -> None:
        if self._can_catch_up() and (self._catcher is None or self._catcher.done()):
            self._catcher = self._loop.create_task(self._catch_up())

    def _can_catch_up(self) -> bool:
        return self._is_behind and self._link.is_open and self._log is not None

    async def _catch_up(self) -> None:
        while self._can_catch_up():
            async with self._link.catch_ups:
                await self._try_to_catch_up()
            if self._is_behind:
                await asyncio.sleep(TRY_AGAIN_S)

    async def _try_to_catch_up(self) -> None:
        log, misses = self._log, self._misses
        if log is None or not self._can_catch_up():
            return  # while others were at it
        try:
            is_done = await asyncio.to_thread(self._catching.catch_up, log)
        except OutOfReach:
            return
        except StoreError as error:
            _log.warning("history_behind", tenant_id=self._tenant_id, detail=str(error))
            return
        if is_done and misses == self._misses:
            self._is_behind = False


def _belonging(session: Actor, user_id: str | None) -> list[RecentEvent]:
    """The session's anonymous events that belong to this user; None: to the session alone."""
    return [one for one in session.anonymous if owner_of(session.joins, one.at_ms) == user_id]
