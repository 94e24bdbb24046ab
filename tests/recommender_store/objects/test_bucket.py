"""What only a bucket can get wrong: outages, missing buckets, order, objects that change."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from obstore.store import MemoryStore

from recommender_store.errors import ObjectMissing, StoreUnavailable, StoreUnsafe
from recommender_store.objects import bucket
from recommender_store.objects.bucket import BucketObjects
from recommender_store.objects.bucket_access import BucketAccess, open_bucket

Answer = tuple[int, bytes]
CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
LISTED = (
    b"<Contents><Key>%s</Key><LastModified>2026-11-20T10:00:00Z</LastModified>"
    b"<Size>1</Size></Contents>"
)


@contextmanager
def scripted_s3(answer: Callable[[str], Answer], retries: int = 0) -> Iterator[BucketObjects]:
    """A bucket at a server that answers each request as told, by its method."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, body = answer(self.command)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", '"1"')
            self.send_header("Last-Modified", "Fri, 20 Nov 2026 10:00:00 GMT")
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else body)

        def __getattr__(self, name: str) -> Callable[[], None]:
            """Stand for do_GET, do_PUT and so on, which the server looks up by name."""
            if name.startswith("do_"):
                return self._answer
            raise AttributeError(name)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        access = BucketAccess(options=CREDENTIALS, endpoint=endpoint, retries=retries)
        yield open_bucket("s3://bucket/prefix", access)
        server.shutdown()
        thread.join()


def verbs(objects: BucketObjects, tmp_path: Path) -> list[Callable[[], object]]:
    source = tmp_path / "source"
    source.write_bytes(b"x")
    return [
        lambda: objects.get("a"),
        lambda: objects.put("a", b""),
        lambda: objects.put_if_absent("a", b""),
        lambda: objects.delete("a"),
        lambda: list(objects.list("")),
        lambda: objects.children(""),
        lambda: objects.download("a", tmp_path / "down"),
        lambda: objects.upload(source, "a"),
    ]


def test_a_service_that_does_not_answer_is_unavailable(tmp_path: Path) -> None:
    access = BucketAccess(options=CREDENTIALS, endpoint="http://127.0.0.1:9", retries=0)
    objects = open_bucket("s3://bucket", access)

    for verb in verbs(objects, tmp_path):
        with pytest.raises(StoreUnavailable) as unavailable:
            verb()
        assert "\n" not in str(unavailable.value)


def test_a_service_that_forbids_says_so(tmp_path: Path) -> None:
    with scripted_s3(lambda _: (403, b"<Error><Code>AccessDenied</Code></Error>")) as objects:
        for verb in verbs(objects, tmp_path):
            with pytest.raises(
                StoreUnavailable, match=r"credentials do not allow|list .* 403 Forbidden"
            ):
                verb()


def test_writing_to_a_bucket_that_does_not_exist_is_told() -> None:
    with scripted_s3(lambda _: (404, b"<Error><Code>NoSuchBucket</Code></Error>")) as objects:
        with pytest.raises(StoreUnavailable, match="the bucket does not exist"):
            objects.put("a", b"")
        with pytest.raises(ObjectMissing):
            objects.get("a")


def test_a_passing_server_error_is_tried_again() -> None:
    answers = iter([(503, b""), (200, b"value")])

    with scripted_s3(lambda _: next(answers), retries=2) as objects:
        assert objects.get("a") == b"value"


def test_a_write_that_landed_before_its_error_is_late_on_the_retry() -> None:
    answers = iter([(500, b""), (412, b"<Error><Code>PreconditionFailed</Code></Error>")])

    with scripted_s3(lambda _: next(answers), retries=2) as objects:
        assert objects.put_if_absent("a", b"value") is False


def test_a_service_whose_listings_are_not_sorted_is_refused() -> None:
    body = b"<ListBucketResult><IsTruncated>false</IsTruncated>%s%s</ListBucketResult>" % (
        LISTED % b"prefix/b",
        LISTED % b"prefix/a",
    )

    with (
        scripted_s3(lambda _: (200, body)) as objects,
        pytest.raises(StoreUnsafe, match="not sorted"),
    ):
        list(objects.list(""))


def test_plain_http_is_spoken_only_where_the_endpoint_says_so() -> None:
    access = BucketAccess(options={**CREDENTIALS, "aws_endpoint": "http://127.0.0.1:9"}, retries=0)

    with pytest.raises(StoreUnavailable, match=r"(?i)builder error|https"):
        open_bucket("s3://bucket", access).get("a")


FORKED = """
import os
from obstore.store import MemoryStore
from recommender_store.errors import StoreUnavailable
from recommender_store.objects.bucket import BucketObjects

objects = BucketObjects(MemoryStore())
if os.fork() == 0:
    objects.put("a", b"x")
    print("not used before: fine", flush=True)
    os._exit(0)
os.wait()
objects.put("a", b"x")
if os.fork() == 0:
    try:
        BucketObjects(MemoryStore()).get("a")
    except StoreUnavailable as error:
        print(error, flush=True)
    os._exit(0)
os.wait()
print("the parent goes on:", objects.get("a"))
"""


def test_a_forked_child_is_told_instead_of_hanging() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKED],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=Path(__file__).parents[3],
    )

    before, refused, parent = done.stdout.splitlines()
    assert before == "not used before: fine"
    assert "forked from one that uses a bucket" in refused
    assert parent == "the parent goes on: b'x'"


def test_an_object_replaced_during_a_download_is_not_mixed_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket, "PART_BYTES", 4)

    class Replaced(BucketObjects):
        def _part(self, key: str, start: int, end: int, e_tag: str | None) -> bytes:
            if start == 4:
                self.put(key, b"other bytes")
            return super()._part(key, start, end, e_tag)

    objects = Replaced(MemoryStore())
    objects.put("a", b"first bytes")

    with pytest.raises(StoreUnavailable, match="could not read 'a'"):
        objects.download("a", tmp_path / "down")


def test_a_download_in_parts_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "PART_BYTES", 4)
    objects = BucketObjects(MemoryStore())
    for size in [0, 3, 4, 5, 8, 9]:
        objects.put("a", bytes(range(size)))

        objects.download("a", tmp_path / "down")

        assert (tmp_path / "down").read_bytes() == bytes(range(size))
