"""A training that died is gone on with; one that lives, is old, or was asked else is not."""

import hashlib
import os
import socket
import subprocess
import sys
import threading
from datetime import timedelta

import msgspec
import pytest

from recommender_store.runs.pulse import Beat, beating, is_alive
from recommender_store.runs.record import Run
from tests.trainers.jobs.shop import Shop
from tests.trainers.tenant import OPTIONS, TEST, change_settings
from trainers.errors import RunTakenOver
from trainers.jobs.options import Silence, TrainOptions
from trainers.jobs.train import STEPS

WINDOW = timedelta(hours=6)


class Dying(Exception):  # noqa: N818 - what happens is the name
    """Ends a training without a word, as far as a process can end itself and live."""


class Told(Silence):
    """Dies as a step begins, and hears what is gone on with."""

    def __init__(self, dies_at: str = "") -> None:
        self.dies_at, self.steps, self.went_on = dies_at, [], ()

    def step(self, name):
        self.steps.append(name)
        if name == self.dies_at:
            raise Dying

    def resumed(self, run_id, finished):  # noqa: ARG002 - the report's own form
        self.went_on = finished


def died(trainee: Shop, at: str = "fit:for_you", options=OPTIONS) -> Run:
    """A run that ended as the step began, as a kill would leave it."""
    with pytest.raises(Dying):
        trainee.train(options, report=Told(at))
    run = next(trainee.space.runs.newest_first())
    as_killed = run.model_copy(update={"status": "running", "code": None, "ended_at": None})
    trainee.space.runs.save(as_killed, TEST)
    return as_killed


def resumed(trainee: Shop, options=OPTIONS) -> tuple[Run, Told]:
    told = Told()
    return trainee.train(options, report=told), told


def test_a_training_goes_on_behind_the_last_step_that_a_dead_one_finished(trainee):
    dead = died(trainee)

    run, told = resumed(trainee)

    assert (run.run_id, run.status) == (dead.run_id, "promoted")
    assert told.went_on == ("snapshot", "check", "fit:similar")
    assert told.steps == list(STEPS)[3:]
    assert run.steps[:3] == dead.steps
    assert [(one.during, one.origin) for one in run.resumed] == [
        ("fit:for_you", socket.gethostname())
    ]


def test_a_failed_training_is_gone_on_with_too(trainee):
    with pytest.raises(Dying):
        trainee.train(report=Told("measure"))

    run, told = resumed(trainee)

    assert (run.status, run.code, told.steps) == ("promoted", None, ["measure", "gate", "publish"])


@pytest.mark.parametrize(
    "change",
    [
        ({"seed": 1}, {}),
        ({"fresh": True}, {}),
        ({}, {"window_days": 20}),
        ({}, {"resume_hours": 0.0}),
    ],
    ids=["another seed", "begun anew", "another window", "never"],
)
def test_a_training_that_is_asked_something_else_begins_anew(trainee, change):
    dead = died(trainee)
    options, settings = change
    change_settings(trainee.space, training=settings)

    run, told = resumed(trainee, OPTIONS.model_copy(update=options))

    assert run.run_id != dead.run_id
    assert (run.status, told.steps) == ("promoted", list(STEPS))
    assert trainee.space.runs.get(dead.run_id) == dead


def test_what_died_long_ago_is_left_alone(trainee):
    dead = died(trainee)
    old = dead.model_copy(update={"started_at": dead.started_at - WINDOW})
    trainee.space.runs.save(old, TEST)

    assert resumed(trainee)[0].run_id != dead.run_id


def test_what_died_before_another_training_went_live_is_left_alone(trainee):
    dead = died(trainee)
    trainee.train(OPTIONS.model_copy(update={"fresh": True}))

    assert resumed(trainee)[0].run_id != dead.run_id


def test_a_run_whose_steps_are_run_one_by_one_is_the_orchestrators(trainee):
    trainee.step("snapshot", "20990101T000000Z-steps")

    run, told = resumed(trainee)

    assert told.steps == list(STEPS)
    assert run.run_id != "20990101T000000Z-steps"


def test_a_step_whose_files_are_damaged_is_run_again(trainee, tmp_path):
    dead = died(trainee, "measure")
    fitted = next(step for step in dead.steps if step.name == "fit:for_you")
    file = fitted.outputs["bundle/for_you/item_factors.npy"].sha256
    (found,) = tmp_path.rglob(file)
    found.write_bytes(b"")

    run, told = resumed(trainee)

    assert run.status == "promoted"
    assert told.steps[0] == "fit:for_you"


def test_a_refusal_is_seen_whole_or_not_at_all(trainee):
    """A run that was refused and killed at once must not be gone on with behind the refusal."""
    change_settings(trainee.space, training={"minimum_interactions": 1_000_000})
    run = trainee.train()

    states = list(trainee.space.runs._scope.chain(run.run_id, "state").revisions())

    with_findings = [one.value for one in states if len(one.value["steps"]) == 2]
    assert [value["status"] for value in with_findings] == ["refused"]


def test_a_run_that_ended_is_given_back_when_it_is_named(trainee):
    run = trainee.train()

    assert trainee.train(run_id=run.run_id) == run
    assert trainee.space.models.current().number == 1


def test_of_two_processes_at_one_run_the_first_is_told_to_stop(trainee):
    class Taken(Told):
        def step(self, name):
            if name == "fit:similar":
                (run,) = trainee.space.runs.all()
                trainee.space.runs.save(run, TEST)

    with pytest.raises(RunTakenOver) as stopped:
        trainee.train(report=Taken())

    assert stopped.value.code == "run_taken_over"
    (run,) = trainee.space.runs.all()
    assert run.status == "running"
    assert trainee.version() is None


def test_a_run_that_another_process_works_at_is_not_taken_from_it(trainee):
    dead = died(trainee)

    with beating(trainee.space.runs.files(dead.run_id), 0.05):
        run, told = resumed(trainee)

    assert run.run_id != dead.run_id
    assert told.steps == list(STEPS)


def beat(pid: int, origin: str | None, began: str = "0") -> bytes:
    return msgspec.json.encode(Beat(origin or "elsewhere/1", pid, began))


def test_a_process_is_known_by_when_it_began_for_its_number_may_be_anothers(trainee):
    files = trainee.space.runs.files("r1")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        with beating(files, 60):
            own = msgspec.json.decode(files.pulse(), type=Beat)
        files.beat(beat(child.pid, own.origin, own.began))
        assert not is_alive(files)
        child.communicate(b"\n")

    assert own.pid == os.getpid()
    files.beat(msgspec.json.encode(own))
    assert is_alive(files)


def test_a_run_elsewhere_is_watched_for_a_beat(trainee):
    files = trainee.space.runs.files("r1")
    assert not is_alive(files)

    files.beat(beat(1, None))
    assert not is_alive(files, watched_s=0.05)

    later = threading.Timer(0.1, files.beat, [beat(1, None, "later")])
    later.start()
    assert is_alive(files, watched_s=10)
    later.join()


def test_every_step_says_what_it_took_and_what_it_left(trainee):
    run = trainee.train()
    steps = {step.name: step for step in run.steps}

    assert all(step.duration_s >= 0 and step.peak_mb > 1 for step in run.steps)
    assert set(steps["snapshot"].inputs) == {"log"}
    assert set(steps["measure"].inputs) == {
        *list(STEPS)[: list(STEPS).index("measure")],
        "current",
    }
    assert steps["gate"].inputs["fit:for_you"] == steps["fit:for_you"].outputs_sha256
    assert "snapshot/items.marisa" in steps["snapshot"].outputs
    manifest = trainee.manifest()
    for name, file in manifest.slots["for_you"].files.items():
        assert steps["fit:for_you"].outputs[f"bundle/for_you/{name}"].sha256 == file.sha256


def test_the_artifacts_digest_tells_of_what_is_in_it_and_not_of_when(tmp_path):
    from tests.trainers.jobs.shop import shop

    found = {}
    for name, seed, threads in (("a", 0, 1), ("b", 0, 2), ("c", 1, 1)):
        run = shop(tmp_path / name).train(TrainOptions(seed=seed, threads=threads))
        found[name] = run.artifact_sha256

    assert found["a"] == found["b"] != found["c"]
    assert len(found["a"]) == len(hashlib.sha256().hexdigest())
