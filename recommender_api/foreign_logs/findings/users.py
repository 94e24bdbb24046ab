"""
Findings on how users behave: too few that return, one sitting each, sessions in disguise, one id
for many, bots.
"""

from .finding import Finding, error, note, warning
from .measures import BUSY_DAY_EVENTS, Measures

_FEW_RETURNING = 0.1
_SESSIONS_IN_DISGUISE = 0.95
_ONE_SITTING = 0.5
_SESSION_EVENTS = 20
"""A session has fewer events than this on average; a user of MovieLens has 150 in a sitting."""
_PLACEHOLDER = 0.2
"""Of all events; the busiest user of real logs has a few hundredths."""
_JUDGED_USERS = 20
"""Below that, shares say nothing."""


def user_findings(measures: Measures) -> list[Finding]:
    if measures.users <= 1:
        return []
    return [
        *_returning(measures),
        *_sittings(measures),
        *_placeholder(measures),
        *_bots(measures),
    ]


def _returning(measures: Measures) -> list[Finding]:
    returning, users = measures.returning_users, measures.users
    if returning == 0:
        said = (
            "no user has events on two items: nothing can be learned of what goes together; "
            "is the right column mapped to user_id?"
        )
        return [error("no_returning_users", said)]
    if returning < _FEW_RETURNING * users:
        said = (
            f"only {returning:,} of {users:,} users have events on two items or more; "
            "is user_id a session or a request? A longer period helps too"
        )
        return [warning("few_returning_users", said)]
    return []


def _sittings(measures: Measures) -> list[Finding]:
    active, within = measures.active_users, measures.one_sitting_users
    if active < _JUDGED_USERS or within < _ONE_SITTING * active:
        return []
    share = f"{within / active:.0%} of the users with several events"
    is_short = measures.events < _SESSION_EVENTS * measures.users
    if within >= _SESSIONS_IN_DISGUISE * active and is_short:
        said = (
            f"{share} are gone within a day: user_id looks like a session or a cookie; "
            "map it to session_id, and the account to user_id if there is one"
        )
        return [warning("users_look_like_sessions", said)]
    said = (
        f"{share} did all within a day: a split by time leaves few of them to measure with, "
        "so expect wide intervals"
    )
    return [warning("users_of_one_sitting", said)]


def _placeholder(measures: Measures) -> list[Finding]:
    user, events = measures.busiest_user
    if measures.users < _JUDGED_USERS or events < _PLACEHOLDER * measures.events:
        return []
    said = (
        f"the user {user!r} has {events / measures.events:.0%} of all events: an id that stands "
        "for nobody (guest, 0) makes strangers one person; leave user_id empty there and send "
        "session_id, or skip a crawler or a test by {column: …, in: […]}"
    )
    return [warning("one_user_dominates", said)]


def _bots(measures: Measures) -> list[Finding]:
    if not measures.busy_users:
        return []
    shown = ", ".join(f"{user!r} ({events:,})" for user, events in measures.busy_users)
    said = (
        f"more than {BUSY_DAY_EVENTS:,} events in a day, as no person makes: {shown}; if these "
        "are crawlers or tests, skip them by {column: …, in: […]}"
    )
    return [note("busy_users", said)]
