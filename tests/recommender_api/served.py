"""A real server over a real folder, in a thread of this process, and clients to talk to it."""

import asyncio
import contextlib
import shutil
import ssl
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import httpx
import uvicorn

from recommender_api.app import Applications, create_app
from recommender_api.listener import BoundedHttp, Listener
from recommender_api.settings import ApiSettings
from recommender_store.author import Author
from recommender_store.opening import Store, open_store
from recommender_store.settings import StoreSettings
from recommender_store.tenants.keys import SCOPES, Scope

AUTHOR = Author("test", "127.0.0.1")
ADMIN_TOKEN = "a-platform-admins-token"
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Reading the world's certificates for each client would take longer than the tests."""

PATIENCE_S = 60.0
"""For whatever is to happen, on a machine that is busy with other tests."""


def store_in(folder: Path, *, create: bool = False) -> Store:
    url = f"file://{folder / 'store'}"
    return open_store(StoreSettings(url=url, cache_dir=folder / "cache"), create=create)


def _soon(delay_s: float) -> Coroutine[None, None, None]:
    return asyncio.sleep(delay_s / 10)


# uvicorn looks every tenth of a second whether it is to end, and at its end whether all is done:
# hundreds of servers one after the other would do nothing else.
uvicorn.server.asyncio = SimpleNamespace(**vars(asyncio) | {"sleep": _soon})


class _Quiet(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _QuietListener(_Quiet, Listener):
    pass


def _port(server: uvicorn.Server) -> int:
    return server.servers[0].sockets[0].getsockname()[1]


@dataclass
class Served:
    """One running process, as far as a test can tell."""

    store: Store
    applications: Applications
    base_url: str
    internal_url: str
    listener: Listener
    _clients: list[httpx.Client] = field(default_factory=list)

    def key(self, tenant: str, *scopes: Scope) -> str:
        ring = self.store.tenant(tenant).keys
        return ring.create(f"test {uuid4()}", scopes or SCOPES, author=AUTHOR).secret

    def client(self, secret: str | None = None, tenant: str | None = None) -> httpx.Client:
        """A client; with a tenant, its paths begin behind the tenant's."""
        headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
        below = "" if tenant is None else f"/v1/tenants/{tenant}"
        made = httpx.Client(
            base_url=self.base_url + below, headers=headers, timeout=PATIENCE_S, verify=NO_TLS
        )
        self._clients.append(made)
        return made

    def of(self, tenant: str) -> httpx.Client:
        """A client with a key of the tenant that has every scope."""
        return self.client(self.key(tenant), tenant)

    @cached_property
    def admin(self) -> httpx.Client:
        return self.client(ADMIN_TOKEN)

    def close(self) -> None:
        for client in self._clients:
            client.close()


@contextlib.contextmanager
def serving(store: Store, **settings: object) -> Iterator[Served]:
    """Serve until the block ends; raises where the server does not start."""
    chosen: dict[str, object] = {"admin_tokens": {ADMIN_TOKEN: "root"}, **settings}
    applications = create_app(store, ApiSettings.model_validate(chosen))
    public = _QuietListener(_config(applications.public, lifespan="on"), applications)
    internal = _Quiet(_config(applications.internal, lifespan="off"))
    thread = threading.Thread(target=asyncio.run, args=(_both(public, internal),))
    thread.start()
    try:
        until(lambda: (public.started and internal.started) or not thread.is_alive())
        urls = (f"http://127.0.0.1:{_port(server)}" for server in (public, internal))
        with contextlib.closing(Served(store, applications, *urls, public)) as served:
            until(lambda: applications.readiness.is_ready)
            yield served
    finally:
        public.should_exit = internal.should_exit = True
        thread.join()


def _config(application: object, lifespan: str) -> uvicorn.Config:
    return uvicorn.Config(
        application,  # type: ignore[arg-type]
        port=0,
        lifespan=lifespan,  # type: ignore[arg-type]
        log_config=None,
        access_log=False,
        http=BoundedHttp,
        loop="uvloop",
        timeout_graceful_shutdown=5,
    )


async def _both(*servers: _Quiet) -> None:
    await asyncio.gather(*(server.serve() for server in servers))


def until(holds: Callable[[], bool], timeout_s: float = PATIENCE_S) -> None:
    """Wait for something that is to happen soon."""
    give_up = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > give_up:
            raise AssertionError("it did not happen in time")
        time.sleep(0.005)


def copied(folder: Path, to: Path) -> Path:
    """A store of one's own, to be changed at will."""
    shutil.copytree(folder, to)
    return to
