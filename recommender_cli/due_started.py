"""
Trainings of tenants that are due, begun through the launcher of this environment.

As over REST, and followed there: a tenant has one at a time, whoever asked. The first that cannot
be begun ends the look, for the others would most likely fare the same; the next look goes on.
"""

import os
from typing import TYPE_CHECKING, cast, get_args

from recommender_store.runs.record import UNDER_WAY
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.identity import parse_tenant_id

from .output import USAGE, fail, say
from .stores import author

if TYPE_CHECKING:
    from recommender_store.opening import Store
    from trainers.jobs.due import Due


class Starting:
    """Over one store, and the launcher that `RECOMMENDER_LAUNCHER` names."""

    def __init__(self, store: "Store") -> None:
        from recommender_api.launch.choice import LauncherName, chosen_launcher
        from recommender_api.launch.jobs import Jobs

        name, names = os.environ.get("RECOMMENDER_LAUNCHER") or "local", get_args(LauncherName)
        if name not in names:
            fail(f"RECOMMENDER_LAUNCHER={name}: say {' or '.join(names)}", USAGE)
        self._store = store
        self._jobs = Jobs(chosen_launcher(cast("LauncherName", name), store.settings))

    def follow(self, space: TenantSpace) -> None:
        """Have what ended without a word written down, so that it does not count as under way."""
        newest = next((one for one in space.runs.newest_first() if one.kind == "training"), None)
        if newest is not None and newest.status in UNDER_WAY:
            self._jobs.followed(space, newest)

    def start(self, one: "Due") -> "Due | None":
        """
        The same, with the run that was begun; None where somebody else was faster.

        Raises:
            LaunchFailed, LauncherAbsent: none can be begun, or not this one.
        """
        from recommender_api.admin.runs import NewTraining
        from recommender_api.launch.errors import JobRunning

        asked = NewTraining(engine="spark" if one.resources == "spark" else "local")
        options = asked.model_dump(mode="json", exclude_none=True)
        space = self._store.space(parse_tenant_id(one.tenant))
        try:
            run = self._jobs.start(
                space, "training", options, lambda id_: asked.arguments(one.tenant, id_), author()
            )
        except JobRunning as busy:
            say(f"tenant '{one.tenant}': {busy}")
            return None
        return one._replace(run_id=run.run_id)
