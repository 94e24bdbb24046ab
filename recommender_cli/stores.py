"""
From the environment to an opened store, and to one tenant's corner of it.
"""

import getpass
import socket

from recommender_store.author import Author
from recommender_store.errors import StoreMissing
from recommender_store.opening import Store, open_store
from recommender_store.settings import StoreSettings
from recommender_store.tenant_space import TenantSpace

from .output import say


def opened(*, create: bool = False) -> Store:
    """The store of this environment; only `serve`, `demo` and `tenants create` make one."""
    return open_store(StoreSettings.from_environment(), create=create)


def opened_or_made() -> Store:
    """The same, made where there is none, which is said: a wrong folder has none either."""
    try:
        return opened()
    except StoreMissing:
        store = opened(create=True)
        say(f"a new store was made: {store.settings.place}")
        return store


def tenant_space(tenant: str) -> TenantSpace:
    return opened().tenant(tenant)


def author() -> Author:
    """Who runs this command, and where."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"
    return Author(by=f"cli:{name}", origin=f"cli@{socket.gethostname()}")
