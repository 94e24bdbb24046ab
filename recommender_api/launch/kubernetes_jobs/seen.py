"""
What a Job and its pod, as the cluster tells of them, say of the process in it. Pure.

Each way to end that is no exit code has a code and a sentence that names the fix. A Job that
cannot begin is given up after a while: the cluster itself would try until its deadline.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from recommender_api.launch.protocol import Reason, Sighting

from .settings import KubernetesSettings

ENDED_FOR = "recommender-platform/ended-for"
"""Annotation of a Job that the platform ended: `cancelled`, or a code, a colon and a sentence."""
CANCELLED = "cancelled"
START_PATIENCE = timedelta(seconds=120)
"""For what a registry, or a Secret that is written a moment later, may mend by itself."""

_SIGTERM = 128 + 15
_NEVER_MENDED = ("InvalidImageName", "ErrImageNeverPull")
_IMAGE = ("ErrImagePull", "ImagePullBackOff", "RegistryUnavailable", "SignatureValidationFailed")
_CONTAINER = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError")
_DISRUPTED = "DisruptionTarget"


class _Part(msgspec.Struct, frozen=True, rename="camel"):
    """Of what a cluster tells, that much is read."""


class Condition(_Part, frozen=True):
    type: str
    status: str
    reason: str | None = None
    message: str | None = None


class Waiting(_Part, frozen=True):
    reason: str | None = None
    message: str | None = None


class Terminated(_Part, frozen=True):
    exit_code: int
    reason: str | None = None


class State(_Part, frozen=True):
    waiting: Waiting | None = None
    terminated: Terminated | None = None


class ContainerStatus(_Part, frozen=True):
    name: str
    state: State = State()


class PodStatus(_Part, frozen=True):
    phase: str = "Pending"
    reason: str | None = None
    message: str | None = None
    conditions: tuple[Condition, ...] | None = None
    container_statuses: tuple[ContainerStatus, ...] | None = None


class Metadata(_Part, frozen=True):
    name: str
    creation_timestamp: datetime
    annotations: dict[str, str] | None = None


class Pod(_Part, frozen=True):
    metadata: Metadata
    status: PodStatus = PodStatus()

    def condition(self, kind: str) -> Condition | None:
        return _holds(self.status.conditions, kind)

    def state(self, container: str) -> State:
        """Of one container; others, such as a mesh's, are no business of ours."""
        stated = {one.name: one.state for one in self.status.container_statuses or ()}
        return stated.get(container, State())


class JobStatus(_Part, frozen=True):
    failed: int = 0
    conditions: tuple[Condition, ...] | None = None


class Container(_Part, frozen=True):
    name: str


class PodSpec(_Part, frozen=True):
    containers: tuple[Container, ...]


class Template(_Part, frozen=True):
    spec: PodSpec


class JobSpec(_Part, frozen=True):
    template: Template
    active_deadline_seconds: int | None = None


class Job(_Part, frozen=True):
    metadata: Metadata
    spec: JobSpec
    status: JobStatus = JobStatus()

    @property
    def container(self) -> str:
        """The one that the order runs in."""
        return self.spec.template.spec.containers[0].name

    @property
    def failure(self) -> Condition | None:
        return _holds(self.status.conditions, "Failed")

    @property
    def is_complete(self) -> bool:
        return _holds(self.status.conditions, "Complete") is not None

    @property
    def ended_for(self) -> str | None:
        return (self.metadata.annotations or {}).get(ENDED_FOR)


class Seen(msgspec.Struct, frozen=True):
    sighting: Sighting
    is_stuck: bool = False
    """It will not begin by itself: to be ended, so that it does not begin later either."""


def seen(job: Job, pod: Pod | None, settings: KubernetesSettings, now: datetime) -> Seen:
    """`pod` is the newest of the Job's."""
    ended = _ended(job, pod)
    if ended is not None:
        return Seen(ended)
    if job.ended_for is not None:
        return Seen(Sighting("running"))
    stuck = _stuck(job, pod, settings, now)
    if stuck is None:
        return Seen(Sighting("running"))
    return Seen(Sighting("lost", reason=stuck), is_stuck=True)


def _ended(job: Job, pod: Pod | None) -> Sighting | None:
    if job.is_complete:
        return Sighting("ended", 0)
    ended = None if pod is None else _ended_pod(pod, job.container)
    if job.failure is not None and job.ended_for is not None:
        return ended or _ended_here(job.ended_for)
    if job.failure is not None and job.failure.reason == "DeadlineExceeded":
        return _lost(
            "job_deadline",
            f"it took longer than the {job.spec.active_deadline_seconds} s that a job has: give it "
            "more (RECOMMENDER_KUBERNETES_LIMIT_S, training.resources), or train on less "
            "(training.window_days), then start it again",
        )
    if ended is not None or job.failure is None:
        return ended
    return _lost(
        "job_died",
        "its pod is gone and nobody saw it end: the node was lost, or somebody deleted it "
        f"({job.failure.message or job.failure.reason}); start it again",
    )


def _ended_here(ended_for: str) -> Sighting:
    if ended_for == CANCELLED:
        return Sighting("ended", _SIGTERM)
    code, _, sentence = ended_for.partition(": ")
    return _lost(code, sentence)


def _ended_pod(pod: Pod, container: str) -> Sighting | None:
    disrupted = pod.condition(_DISRUPTED)
    if (pod.status.phase == "Failed" and pod.status.reason) or disrupted is not None:
        said = pod.status.message or pod.status.reason or (disrupted and disrupted.message) or ""
        return _lost("job_evicted", f"its node put it out ({said.strip(' .')}): start it again")
    terminated = pod.state(container).terminated
    if terminated is None:
        return None
    if terminated.reason == "OOMKilled":
        return _lost(
            "job_out_of_memory",
            "it was killed for taking more memory than its class has: raise the tenant's "
            "training.resources, or train on less (training.window_days), then start it again",
        )
    return Sighting("ended", terminated.exit_code)


def _stuck(job: Job, pod: Pod | None, settings: KubernetesSettings, now: datetime) -> Reason | None:
    limit = timedelta(seconds=settings.start_limit_s)
    if pod is None:
        is_late = now - job.metadata.creation_timestamp > limit and not job.status.failed
        told = f"`kubectl --namespace {settings.namespace} describe job {job.metadata.name}`"
        return _never_scheduled(f"no pod was made for it: {told} says why") if is_late else None
    if pod.status.phase != "Pending":
        return None
    waited = now - pod.metadata.creation_timestamp
    waiting = pod.state(job.container).waiting or Waiting()
    return _not_created(waiting, waited) or (_not_taken(pod, waiting) if waited > limit else None)


def _not_created(waiting: Waiting, waited: timedelta) -> Reason | None:
    said = waiting.message or waiting.reason
    if waiting.reason in _NEVER_MENDED or (waiting.reason in _IMAGE and waited > START_PATIENCE):
        return Reason(
            "job_image_missing",
            f"its image cannot be had ({said}): correct RECOMMENDER_KUBERNETES_IMAGE, or let its "
            "service account pull it (imagePullSecrets), then start it again",
        )
    if waiting.reason in _CONTAINER and waited > START_PATIENCE:
        return Reason(
            "job_not_created",
            f"its container cannot be made ({said}): correct RECOMMENDER_KUBERNETES_SECRETS or the "
            "pod template, then start it again",
        )
    return None


def _not_taken(pod: Pod, waiting: Waiting) -> Reason:
    scheduled = _named(pod.status.conditions, "PodScheduled")
    if scheduled is not None and scheduled.status == "False":
        return _never_scheduled(f"no node took it: {scheduled.message or scheduled.reason}")
    said = waiting.message or waiting.reason or "nothing is said of why"
    return Reason(
        "job_not_created",
        f"its container was not begun in time ({said}): `kubectl describe pod {pod.metadata.name}` "
        "says more, such as a volume that cannot be mounted; mend it, then start it again",
    )


def _never_scheduled(what: str) -> Reason:
    return Reason(
        "job_not_scheduled",
        f"{what}; add nodes or quota, or make its class smaller (training.resources, "
        "RECOMMENDER_KUBERNETES_RESOURCES), then start it again",
    )


def _lost(code: str, sentence: str) -> Sighting:
    return Sighting("lost", None, (), Reason(code, sentence))


def _named(conditions: Sequence[Condition] | None, kind: str) -> Condition | None:
    return next((one for one in conditions or () if one.type == kind), None)


def _holds(conditions: Sequence[Condition] | None, kind: str) -> Condition | None:
    found = _named(conditions, kind)
    return found if found is not None and found.status == "True" else None
