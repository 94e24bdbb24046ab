"""
What can keep a job from being started or ended, each with a stable code.

    ApiError
    ├── LaunchFailed   launch_failed    the launcher could not start a process
    ├── LauncherAbsent launcher_absent  this launcher is not there yet, or cannot reach the store
    ├── JobRunning     job_running      a job of the kind is under way already
    └── RunEnded       run_ended        there is nothing to cancel any more
"""

# ruff: noqa: N818 (what happened is the name; that it is an error, the root says)

from typing import ClassVar

from recommender_api.errors import ApiError


class LaunchFailed(ApiError):
    code: ClassVar[str] = "launch_failed"

    def __init__(self, reason: str) -> None:
        super().__init__(f"the job could not be started: {reason}")
        self.reason = reason


class LauncherAbsent(ApiError):
    code: ClassVar[str] = "launcher_absent"

    def __init__(self, reason: str) -> None:
        super().__init__(f"no job can be started from here: {reason}")
        self.reason = reason


class JobRunning(ApiError):
    code: ClassVar[str] = "job_running"

    def __init__(self, kind: str, run_id: str) -> None:
        super().__init__(
            f"the {kind} {run_id} is under way: wait for it (GET /runs/{run_id}), or end it (POST "
            f"/runs/{run_id}:cancel)"
        )
        self.kind, self.run_id = kind, run_id


class RunEnded(ApiError):
    code: ClassVar[str] = "run_ended"

    def __init__(self, run_id: str, status: str) -> None:
        super().__init__(f"the run {run_id} has ended ({status}): there is nothing to cancel")
        self.run_id, self.status = run_id, status
