"""
What every dataset must have: more than one user, item and moment, ids that are ids, weights that
are numbers, and enough of it all. Pure.
"""

import numpy as np

from recommender_store.tenants.settings import IdentityCheck
from trainers.datasets.interactions import US_PER_DAY, US_PER_MS, Interactions
from trainers.datasets.snapshot import Statistics

from .finding import Figures, Finding

SUSPICIOUS_FROM = 100
"""In a log of fewer events one busy user, or one busy item, is nothing suspicious."""
NEVER_RETURN = 0.005
"""Share of users who come on a second day; below it nobody comes back."""


def constants(statistics: Statistics) -> list[Finding]:
    """One user, one item or one moment for all: nothing else is worth looking at then."""
    events = statistics.events
    findings = []
    if statistics.users + statistics.sessions_without_user <= 1:
        sentence = (
            f"all {events} events are of one user: check which field holds the user's id (a "
            "constant or an application's own id is the usual mistake)"
        )
        findings.append(Finding("one_user", "refuse", sentence, {"events": events}))
    if statistics.items <= 1:
        sentence = f"all {events} events are of one item: check which field holds the item's id"
        findings.append(Finding("one_item", "refuse", sentence, {"events": events}))
    if statistics.until_us - statistics.since_us <= US_PER_MS:
        sentence = (
            f"all {events} events happened at the same moment, so there is no later one to test "
            "on: check which field holds the time of an event"
        )
        findings.append(Finding("one_moment", "refuse", sentence, {"events": events}))
    return findings


def too_few(pairs: int, minimum: int) -> list[Finding]:
    if pairs >= minimum:
        return []
    sentence = (
        f"{pairs} user-item pairs are too few for a model, at least {minimum} are needed: collect "
        "more events (popular and newest items are served meanwhile)"
    )
    return [Finding("too_few_interactions", "refuse", sentence, {"pairs": pairs})]


def weights(interactions: Interactions) -> list[Finding]:
    """NaN and infinity would spread through every factor."""
    bad = int(np.count_nonzero(~np.isfinite(interactions.weight)))
    if not bad:
        return []
    sentence = (
        f"{bad} events weigh no finite number: look at `training.kind_weights`, and at what "
        "wrote the dataset"
    )
    return [Finding("weight_not_finite", "refuse", sentence, {"events": bad})]


def identity(
    interactions: Interactions, statistics: Statistics, asked: IdentityCheck
) -> list[Finding]:
    """A default id for most, or a fresh one for every visit."""
    findings = []
    large = statistics.events >= SUSPICIOUS_FROM
    user, item = statistics.busiest_user_share, statistics.busiest_item_share
    if large and user > asked.constant_share:
        sentence = (
            f"one user makes {user:.0%} of all events: it looks like a default id or a bot; leave "
            "it out, or send the real ids"
        )
        findings.append(Finding("constant_user", "refuse", sentence, {"share": user}))
    if large and item > asked.constant_share:
        sentence = (
            f"one item has {item:.0%} of all events: is it a default id, or a page that everybody "
            "passes through? send the real ids"
        )
        findings.append(Finding("constant_item", "warn", sentence, {"share": item}))
    return findings + _nobody_returns(interactions, statistics)


def _nobody_returns(interactions: Interactions, statistics: Statistics) -> list[Finding]:
    days = (statistics.until_us - statistics.since_us) / US_PER_DAY
    if (
        statistics.users < SUSPICIOUS_FROM
        or days < 14
        or statistics.events < 1.2 * statistics.users
    ):
        return []
    actors = statistics.users + statistics.sessions_without_user
    first, last = np.zeros(actors, np.int64), np.zeros(actors, np.int64)
    # In order of time: the last assignment to an actor stays.
    last[interactions.actor] = interactions.at_us
    first[interactions.actor[::-1]] = interactions.at_us[::-1]
    returning = int(np.count_nonzero((last - first)[: statistics.users] > US_PER_DAY))
    if returning > NEVER_RETURN * statistics.users:
        return []
    sentence = (
        f"{returning} of {statistics.users} users came on a second day within {days:.0f} days: it "
        "looks as if every visit got a user id of its own; send a session as session_id, and as "
        "user_id what stays the same"
    )
    figures: Figures = {"users": statistics.users, "returning": returning}
    return [Finding("user_per_visit", "warn", sentence, figures)]
