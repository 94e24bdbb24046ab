"""Two tenants in one store, doing whatever they do, never see each other."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from recommender_store.author import Author
from recommender_store.catalog.log import ItemFields
from recommender_store.event_log.remembered import UserEvents
from recommender_store.opening import Store, open_store
from recommender_store.runs.record import Run
from recommender_store.settings import StoreSettings
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.keys import read_secret
from tests.recommender_store.artifacts.conftest import AT, bundle_of_one_file
from tests.recommender_store.event_log.canonical import event, written

AUTHOR = Author(by="t", origin="t")
PAIRS = st.sampled_from([("shop", "shop2"), ("aa", "aa-b"), ("tenants", "platform")])

# Both tenants use the same ids for everything, so that only whose they are tells them apart.
names = st.sampled_from(["x", "y"])
numbers = st.integers(0, 9)
deeds = st.tuples(
    st.booleans(),
    st.sampled_from(["event", "item", "removal", "model", "settings", "key", "run", "compact"]),
    names,
    numbers,
)


class Expected:
    """What one tenant has done, and so what it must see."""

    def __init__(self) -> None:
        self.events: set[str] = set()
        self.prices: dict[str, int] = {}
        self.current: list[str] = []
        self.name = "at first"
        self.secrets: list[str] = []
        self.runs: set[str] = set()


def do(space: TenantSpace, expected: Expected, verb: str, name: str, number: int) -> None:
    if verb == "event":
        written(space.events, event(f"{name}{number}", user_id=name))
        expected.events.add(f"{name}{number}")
    elif verb == "item":
        space.catalog.write([ItemFields(name, {"price": number})])
        expected.prices[name] = number
    elif verb == "removal":
        space.catalog.remove(name)
        expected.prices.pop(name, None)
    elif verb == "model":
        publish(space, f"{name}{number}")
        space.models.promote(f"{name}{number}", author=AUTHOR)
        expected.current.append(f"{name}{number}")
    elif verb == "settings":
        changed = space.settings().model_copy(update={"name": f"{name}{number}"})
        space.save_settings(changed, author=AUTHOR)
        expected.name = f"{name}{number}"
    elif verb == "key":
        expected.secrets.append(space.keys.create(name, ["serve"], author=AUTHOR).secret)
    elif verb == "run":
        space.runs.save(Run(run_id=f"{name}{number}", started_at=AT), AUTHOR)
        expected.runs.add(f"{name}{number}")
    else:
        space.events.compact()


def publish(space: TenantSpace, version: str) -> None:
    with TemporaryDirectory() as name:
        data = f"{space.tenant_id} {version}".encode()
        space.models.publish(Path(name), bundle_of_one_file(Path(name), version, data))


def seen(space: TenantSpace) -> dict[str, Any]:
    items = space.catalog.state()
    return {
        "events": {one["event_id"] for one in space.events.state().read()},
        "lines": {
            one.user_id for one in space.events.remembered()[0] if isinstance(one, UserEvents)
        },
        "prices": {name: item.fields.get("price") for name, item in items if not item.is_deleted},
        "models": {manifest.version for manifest in space.models.versions()},
        "current": space.models.current().version,
        "name": space.settings().name,
        "runs": {run.run_id for run in space.runs.all()},
        "keys": len(space.keys.records()),
    }


def check(store: Store, space: TenantSpace, expected: Expected, other: Expected) -> None:
    told = seen(space)
    assert told.pop("lines") <= {name[0] for name in expected.events}
    assert told == {
        "events": expected.events,
        "prices": expected.prices,
        "models": set(expected.current),
        "current": expected.current[-1] if expected.current else None,
        "name": expected.name,
        "runs": expected.runs,
        "keys": len(expected.secrets),
    }
    for version in told["models"]:
        _, folder = space.models.open(version, store.cache)
        assert (folder / "items.marisa").read_text() == f"{space.tenant_id} {version}"
    for secret in expected.secrets + other.secrets:
        shown = read_secret(secret, store.signing)
        assert shown is not None
        assert (space.keys.check(shown) is not None) == (secret in expected.secrets)


@settings(max_examples=15, deadline=None)
@given(pair=PAIRS, history=st.lists(deeds, max_size=14))
def test_reads_by_one_tenant_never_show_another(
    pair: tuple[str, str],
    history: list[tuple[bool, str, str, int]],
    tmp_path_factory: Any,
) -> None:
    cache = tmp_path_factory.mktemp("cache")
    store = open_store(StoreSettings(url=f"memory://{uuid4().hex}", cache_dir=cache), create=True)
    spaces = [store.create_tenant(tenant, "at first", author=AUTHOR) for tenant in pair]
    expected = [Expected(), Expected()]

    for whose, verb, name, number in history:
        do(spaces[whose], expected[whose], verb, name, number)

    check(store, spaces[0], expected[0], expected[1])
    check(store, spaces[1], expected[1], expected[0])


def test_a_space_has_nothing_to_ask_for_another_tenant_with() -> None:
    public = [name for name in vars(TenantSpace) if not name.startswith("_")]

    for name in public:
        method = getattr(TenantSpace, name)
        hints = getattr(method, "__annotations__", {})
        assert not any("TenantId" in str(hint) for hint in hints.values())
        assert not {"tenant", "tenant_id", "key", "prefix"} & set(hints)
