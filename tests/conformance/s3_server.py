"""
A real S3 API on 127.0.0.1, in this process: moto's server behind a lock.

Moto looks whether a key exists and then writes, two steps with a gap between; a real S3 takes
conditional writes one at a time, so requests are served one at a time here.
"""

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from threading import Lock, Thread
from typing import Any
from uuid import uuid4

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


class S3Server:
    """One running server: `environment` is what a process needs to reach it."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.environment = {**CREDENTIALS, "RECOMMENDER_S3_ENDPOINT": endpoint}
        self._numbers = count(1)
        self._client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def new_bucket(self) -> str:
        """Make an empty bucket and give its name."""
        name = f"bucket-{next(self._numbers)}-{uuid4().hex[:8]}"  # servers of one process share all
        self._client.create_bucket(Bucket=name)
        return name


class _OneAtATime:
    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application
        self._lock = Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        with self._lock:
            return [b"".join(self._application(environ, start_response))]


@contextmanager
def running_s3() -> Iterator[S3Server]:
    """Serve on a free port until the block ends."""
    os.environ["MOTO_S3_DEFAULT_MAX_KEYS"] = "100"  # small pages, so that a hundred keys are many
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    application = _OneAtATime(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield S3Server(f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
