"""What one step leaves is what the next one finds, whole or not at all."""

from pathlib import Path

from recommender_store.objects.scope import Scope
from recommender_store.runs.record import Runs


def made(folder: Path, **contents: str) -> Path:
    for name, content in contents.items():
        (folder / "deep").mkdir(parents=True, exist_ok=True)
        (folder / "deep" / name).write_text(content, encoding="utf-8")
    return folder


def test_a_step_finds_what_the_steps_before_it_left(memory: Scope, tmp_path: Path) -> None:
    first = Runs(memory).files("r1").keep(made(tmp_path / "first", a="a", b="b"))
    handed_on = Runs(memory).files("r1")
    assert handed_on.fetch(tmp_path / "second", first)
    second = handed_on.keep(made(tmp_path / "second", b="changed", c="c"))

    assert Runs(memory).files("r1").fetch(tmp_path / "third", second)

    found = {path.name: path.read_text() for path in (tmp_path / "third" / "deep").iterdir()}
    assert found == {"a": "a", "b": "changed", "c": "c"}
    assert Runs(memory).files("r1").fetch(tmp_path / "fourth", first)
    assert (tmp_path / "fourth" / "deep" / "b").read_text() == "b"


def test_only_what_is_new_is_written(memory: Scope, tmp_path: Path) -> None:
    files = Runs(memory).files("r1")
    files.keep(made(tmp_path, a="a", b="b"))
    for info in list(memory.list()):
        memory.delete(info.key)

    kept = files.keep(made(tmp_path, b="B", c="a"))

    assert [info.key for info in memory.list()] == [f"r1/work/{kept['deep/b'].sha256}"]


def test_a_file_that_is_gone_or_damaged_is_not_taken_for_whole(
    memory: Scope, tmp_path: Path
) -> None:
    kept = Runs(memory).files("r1").keep(made(tmp_path / "first", a="a"))
    key = f"r1/work/{kept['deep/a'].sha256}"

    memory.put(key, b"damaged")
    damaged = Runs(memory).files("r1").fetch(tmp_path / "second", kept)
    memory.delete(key)
    gone = Runs(memory).files("r1").fetch(tmp_path / "third", kept)

    assert (damaged, gone) == (False, False)


def test_two_runs_files_never_meet(memory: Scope, tmp_path: Path) -> None:
    kept = Runs(memory).files("r1").keep(made(tmp_path, a="a"))

    assert not Runs(memory).files("r2").fetch(tmp_path / "other", kept)


def test_discarded_files_are_gone_and_so_is_the_pulse(memory: Scope, tmp_path: Path) -> None:
    files = Runs(memory).files("r1")
    files.keep(made(tmp_path, a="a"))
    files.beat(b"alive")

    files.discard()

    assert files.is_empty()
    assert files.pulse() is None
