"""What one step leaves is what the next one finds."""

import os
from pathlib import Path

from recommender_store.objects.scope import Scope
from recommender_store.runs.record import Runs


def test_a_step_finds_what_the_steps_before_it_left(memory: Scope, tmp_path: Path) -> None:
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    for folder in (first / "deep", second, third):
        folder.mkdir(parents=True)
    (first / "deep" / "a.npy").write_bytes(b"a")
    (first / "b.json").write_bytes(b"b")
    Runs(memory).files("r1").keep(first)

    handed_on = Runs(memory).files("r1")
    handed_on.fetch(second)
    assert (second / "deep" / "a.npy").read_bytes() == b"a"
    (second / "b.json").write_bytes(b"changed")
    (second / "c.json").write_bytes(b"c")
    handed_on.keep(second)
    Runs(memory).files("r1").fetch(third)

    assert {path.name: path.read_bytes() for path in third.rglob("*.*")} == {
        "a.npy": b"a",
        "b.json": b"changed",
        "c.json": b"c",
    }


def test_only_what_changed_is_written_again(memory: Scope, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b")
    Runs(memory).files("r1").keep(tmp_path)
    files = Runs(memory).files("r1")
    files.fetch(tmp_path)
    for key in ("a", "b"):
        memory.delete(f"r1/work/{key}")
    (tmp_path / "b").write_bytes(b"B")
    os.utime(tmp_path / "b", (1, 1))

    files.keep(tmp_path)

    assert [info.key for info in memory.list()] == ["r1/work/b"]


def test_two_runs_files_never_meet(memory: Scope, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    Runs(memory).files("r1").keep(tmp_path)
    (tmp_path / "empty").mkdir()

    Runs(memory).files("r2").fetch(tmp_path / "empty")

    assert list((tmp_path / "empty").iterdir()) == []
