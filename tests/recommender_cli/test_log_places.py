"""Logs in a bucket: looked at and imported where they lie, and said clearly where they do not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from recommender_api.foreign_logs.errors import LogMissing, PlaceUnreachable, RoomMissing
from recommender_cli.log_places import PART_BYTES, local_files
from tests.conformance.s3_server import S3Server, running_s3

from .in_process import Terminal, _terminal

__all__ = ["_terminal"]

LOG = "user_id,item_id,timestamp\n" + "".join(
    f"u{at % 9},i{at % 7},2026-01-{1 + at % 28:02d}T10:00:00Z\n" for at in range(200)
)


@pytest.fixture(name="s3", scope="module")
def _s3() -> Iterator[S3Server]:
    with running_s3() as server:
        yield server


@pytest.fixture(name="bucket")
def _bucket(s3: S3Server, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty one, that the terminal's verbs can reach."""
    assert terminal.folder.is_dir()
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    return s3.new_bucket()


def put(s3: S3Server, bucket: str, key: str, content: str | bytes) -> None:
    body = content.encode() if isinstance(content, str) else content
    s3._client.put_object(Bucket=bucket, Key=key, Body=body)


def test_a_log_in_a_bucket_is_inspected_and_imported_as_a_file_is(
    s3: S3Server, bucket: str, terminal: Terminal
) -> None:
    put(s3, bucket, "in here/log + more.csv", LOG)
    place = f"s3://{bucket}/in here/log + more.csv"

    inspected = terminal.run("events", "inspect", place)
    imported = terminal.imported(place, "--json")
    again = terminal.imported(terminal.write("log.csv", LOG))

    assert "item_id: item_id" in inspected.out
    assert imported.document["new_events"] == 200
    assert "imported already on" in again.out


def test_a_prefix_stands_for_every_object_below_it_but_markers(
    s3: S3Server, bucket: str, terminal: Terminal
) -> None:
    for day in ("01", "02"):
        put(s3, bucket, f"logs/date=2026-01-{day}/part.csv", LOG)
    put(s3, bucket, "logs/_SUCCESS", "")
    put(s3, bucket, "other/part.csv", "not,to,be,read\n")

    inspected = terminal.run("events", "inspect", f"s3://{bucket}/logs/", "--json")
    imported = terminal.imported(f"s3://{bucket}/logs/", "--json")

    assert inspected.document["readiness"]["rows"] == 400
    assert (imported.document["rows"], imported.document["new_events"]) == (400, 400)


def test_objects_larger_than_a_part_arrive_whole_and_are_gone_afterwards(s3: S3Server) -> None:
    bucket = s3.new_bucket()
    content = bytes(range(256)) * (2 * PART_BYTES // 256) + b"end"
    put(s3, bucket, "big.bin", content)

    with local_files([f"s3://{bucket}/big.bin"], s3.environment) as (path,):
        assert path.read_bytes() == content

    assert not path.exists()


@pytest.mark.parametrize(
    ("place", "changes", "error", "sentence"),
    [
        ("s3://{bucket}/nothing.csv", {}, LogMissing, "there is no object"),
        ("s3://{bucket}/nothing/", {}, LogMissing, "there is no object"),
        ("s3://nowhere-at-all/log.csv", {}, (PlaceUnreachable, LogMissing), "check the"),
        (
            "s3://{bucket}/log.csv",
            {"RECOMMENDER_S3_ENDPOINT": "http://127.0.0.1:9"},
            PlaceUnreachable,
            r"check RECOMMENDER_S3_ENDPOINT \(now http://127.0.0.1:9\)",
        ),
    ],
    ids=["no object", "no prefix", "no bucket", "no endpoint"],
)
def test_what_is_not_there_is_told_with_what_to_check(
    s3: S3Server,
    place: str,
    changes: dict[str, str],
    error: type[Exception],
    sentence: str,
) -> None:
    name = place.format(bucket=s3.new_bucket())

    with (
        pytest.raises(error, match=sentence),
        local_files([name], {**s3.environment, **changes}),
    ):
        pytest.fail("there was something")


def test_what_does_not_fit_on_the_disk_is_not_begun(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = s3.new_bucket()
    put(s3, bucket, "log.csv", LOG)
    monkeypatch.setattr("shutil.disk_usage", lambda _: _Disk(free=100))

    with (
        pytest.raises(RoomMissing, match="set TMPDIR"),
        local_files([f"s3://{bucket}/log.csv"], s3.environment),
    ):
        pytest.fail("it was fetched")


class _Disk:
    def __init__(self, free: int) -> None:
        self.free = free


def test_local_names_stay_what_they_are_and_missing_ones_are_told(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(LOG)

    with local_files([str(path)], {}) as files:
        assert files == [path]
    with pytest.raises(LogMissing, match="there is no file"), local_files(["nowhere.csv"], {}):
        pytest.fail("there was something")
