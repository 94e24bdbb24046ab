"""
A platform to try the documents' examples on: a real server over a folder, with one tenant.
"""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn

from recommender_store.author import Author
from recommender_store.opening import open_store
from recommender_store.settings import StoreSettings
from recommender_store.tenant_space import TenantSpace

AUTHOR = Author(by="test", origin="tests/docs")


@dataclass(frozen=True)
class Running:
    """Where the server listens, whose tenant it is, and where the store lies."""

    endpoint: str
    key: str
    space: TenantSpace
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """What the examples expect to be set."""
        return {
            **os.environ,
            "RECOMMENDER_ENDPOINT": self.endpoint,
            "RECOMMENDER_TENANT": "shop",
            "RECOMMENDER_API_KEY": self.key,
            "RECOMMENDER_STORE_URL": "file://./.recommender",
        }


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """A server of its own for each test, over `.recommender` in the test's folder."""
    from recommender_api.app import create_app
    from recommender_api.settings import ApiSettings

    folder = tmp_path / ".recommender"
    store = open_store(StoreSettings(url=f"file://{folder}"), create=True)
    space = store.create_tenant("shop", "Shop", author=AUTHOR)
    made = space.keys.create("web", ["ingest", "serve", "catalog"], author=AUTHOR)
    application = create_app(store, ApiSettings()).public
    server = uvicorn.Server(uvicorn.Config(application, log_config=None, ws="none"))
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        port = listening.getsockname()[1]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield Running(f"http://127.0.0.1:{port}", made.secret, space, folder)
        finally:
            server.should_exit = True
            thread.join(timeout=60)
