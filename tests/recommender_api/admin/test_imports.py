"""Imports asked for by REST: what is read, and all that is not."""

import json
import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import httpx
import pytest

from recommender_api.foreign_logs.errors import PlaceRefused
from recommender_api.foreign_logs.import_places import allowed_place
from recommender_cli.import_places import copies
from recommender_cli.import_run import ImportRun
from recommender_store.runs.record import Run
from recommender_store.settings import StoreSettings
from recommender_store.tenants.settings import TenantSettings
from tests.conformance.s3_server import S3Server, running_s3
from tests.recommender_api.served import AUTHOR, Served, copied, serving, store_in, until
from tests.recommender_api.shops import trained
from tests.trainers.tenant import change_settings

LOG = "user_id,item_id,timestamp,event\n" + "".join(
    f"u{at % 90},i{at % 70},2026-01-{1 + at % 28:02d}T10:00:{at % 60:02d}Z,view\n"
    for at in range(1200)
)
METADATA = "http://169.254.169.254/latest/meta-data/"


@pytest.fixture(name="drops")
def _drops(tmp_path: Path) -> Path:
    """The folder that an admin listed, with a log in it."""
    drops = tmp_path / "drops" / "shop"
    drops.mkdir(parents=True)
    (drops / "log.csv").write_text(LOG)
    return drops


@pytest.fixture(name="empty")
def _empty(own: Served, drops: Path) -> httpx.Client:
    prefixes = (f"file://{drops}/", "s3://drops/shop/")
    change_settings(own.store.tenant("empty"), imports={"prefixes": prefixes})
    return own.of("empty")


@pytest.fixture(name="asked", scope="module")
def _asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Of a server that imports nothing: whatever is asked is refused."""
    place = tmp_path_factory.mktemp("refusing")
    with serving(store_in(copied(trained(), place / "copy"))) as served:
        prefixes = ("file:///srv/drops/shop/", "s3://drops/shop/")
        change_settings(served.store.tenant("empty"), imports={"prefixes": prefixes})
        yield served.of("empty")


@pytest.fixture(name="imported")
def _imported(empty: httpx.Client) -> Callable[..., dict[str, object]]:
    """The end of an import of a place."""

    def imported(place: str, **more: object) -> dict[str, object]:
        answer = empty.post("/imports", json={"from": place, **more})
        assert answer.status_code == 202, answer.text
        path = f"/imports/{answer.json()['run_id']}"
        until(lambda: empty.get(path).json()["ended_at"] is not None, 60)
        told = empty.get(path).json()
        assert isinstance(told, dict)
        return told

    return imported


@pytest.fixture(name="read")
def _read(tmp_path: Path, drops: Path) -> Callable[..., Run]:
    """What the job makes of a place, in this process and without a server."""
    store = store_in(tmp_path, create=True)
    space = store.create_tenant("empty", "Empty", author=AUTHOR)
    change_settings(space, imports={"prefixes": (f"file://{drops}",)})
    number = count(1)

    def read(place: str, **more: object) -> Run:
        run_id = f"run-{next(number)}"
        begun_at = space.settings().created_at
        options = {"from": place, **more}
        run = Run(
            run_id=run_id, kind="import", status="queued", started_at=begun_at, options=options
        )
        space.runs.save(run, AUTHOR)
        return ImportRun(store, space, run_id).go()

    return read


def test_a_log_is_imported_and_told_as_a_run(
    empty: httpx.Client, imported: Callable[..., dict[str, object]], drops: Path
) -> None:
    run = imported(f"file://{drops}/log.csv")

    assert (run["status"], run["kind"]) == ("imported", "import"), run
    (step,) = run["steps"]
    assert (step["result"]["events"], step["result"]["new_events"]) == (1200, 1200)
    assert empty.get(f"/runs/{run['run_id']}").json()["status"] == "imported"
    assert empty.get("/readiness").json()["events"] == 1200

    again = imported(f"file://{drops}/log.csv")
    assert (again["status"], again["steps"][0]["result"]["new_events"]) == ("imported", 0)


def test_a_folder_is_imported_whole_with_what_lies_beside(
    empty: httpx.Client, imported: Callable[..., dict[str, object]], drops: Path
) -> None:
    films = drops / "films"
    films.mkdir()
    ratings = "".join(f"{at % 40},{at % 30},4.5,{1_600_000_000 + at}\n" for at in range(400))
    (films / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + ratings)
    titles = "".join(f"{at},Film {at} (1999),Drama\n" for at in range(30))
    (films / "movies.csv").write_text("movieId,title,genres\n" + titles)

    run = imported(f"file://{films}/")

    assert run["status"] == "imported", run
    assert run["steps"][0]["result"]["items"] == 30
    until(lambda: empty.get("/items/7").json().get("title") == "Film 7 (1999)")


def test_a_mapping_comes_with_the_request(read: Callable[..., Run], drops: Path) -> None:
    rows = "".join(f"{at},{at % 5},1600000000\n" for at in range(50))
    (drops / "odd.csv").write_text("a,b,c\n" + rows)
    mapping = {
        "kind": "view",
        "time": {"column": "c", "format": "epoch_s"},
        "fields": {"user_id": "a", "item_id": "b"},
    }

    doubtful = read(f"file://{drops}/odd.csv")
    told = read(f"file://{drops}/odd.csv", mapping=mapping)

    assert (doubtful.status, doubtful.code) == ("failed", "mapping_in_doubt")
    assert (told.status, told.steps[0].result["events"]) == ("imported", 50)


def test_a_log_that_is_not_there_or_cannot_be_read_is_told(
    read: Callable[..., Run], drops: Path
) -> None:
    (drops / "empty.csv").write_text("")

    assert read(f"file://{drops}/nothing.csv").code == "log_missing"
    assert read(f"file://{drops}/no/folder/").code == "log_missing"
    assert read(f"file://{drops}/empty.csv").code == "log_empty"


def refused(client: httpx.Client, place: str) -> str:
    answer = client.post("/imports", json={"from": place})
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid"), answer.text
    (fault,) = answer.json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("/from", "place_refused")
    return str(fault["detail"])


@pytest.mark.parametrize(
    "place",
    [
        METADATA,
        "https://example.com/log.csv",
        "ftp://127.0.0.1/log.csv",
        "s3://169.254.169.254/log.csv",
        "s3://127.0.0.1:9000/drops/shop/log.csv",
        "s3://user:secret@drops/shop/log.csv",
        "s3://drops/log.csv",
        "s3://drops/shop-evil/log.csv",
        "s3://drops/shop/../other/log.csv",
        "s3://drops/shop//log.csv",
        "s3://other/shop/log.csv",
        "file:///etc/passwd",
        "file:///etc/",
        "file://localhost/etc/passwd",
        "file://etc/passwd",
        "/etc/passwd",
        "log.csv",
        "memory://",
    ],
)
def test_a_place_that_nobody_listed_is_refused(asked: httpx.Client, place: str) -> None:
    refused(asked, place)


@pytest.mark.parametrize(
    "tail",
    [
        "/../../../../etc/passwd",
        "/./log.csv",
        "-evil/log.csv",
        "/a\\..\\..\\log.csv",
        "/log.csv\x00.gz",
        "/log.csv\n",
    ],
)
def test_a_path_that_leads_out_of_its_folder_is_refused(asked: httpx.Client, tail: str) -> None:
    refused(asked, f"file:///srv/drops/shop{tail}")


def test_nothing_is_decoded(read: Callable[..., Run], drops: Path) -> None:
    assert read(f"file://{drops}/%2e%2e/%2e%2e/log.csv").code == "log_missing"


def test_no_link_is_followed_whichever_way_it_leads(
    read: Callable[..., Run], drops: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "log.csv").write_text(LOG)
    (drops / "out.csv").symlink_to(tmp_path / "secret" / "log.csv")
    (drops / "away").symlink_to(tmp_path / "secret")
    (drops / "within.csv").symlink_to(drops / "log.csv")

    for name in ("out.csv", "away/log.csv", "away/", "within.csv"):
        run = read(f"file://{drops}/{name}")
        assert (run.status, run.code) == ("failed", "place_refused"), name
    whole = read(f"file://{drops}/")
    assert whole.steps[0].result["rows"] == 1200, "the links were passed by"


def test_a_link_that_comes_after_the_look_is_not_followed_either(
    drops: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret.csv").write_text(LOG)
    settings = StoreSettings(url=f"file://{tmp_path / 'store'}")
    allowed = allowed_place(f"file://{drops}/log.csv", [f"file://{drops}"], settings)
    (drops / "log.csv").unlink()
    (drops / "log.csv").symlink_to(tmp_path / "secret.csv")
    (tmp_path / "into").mkdir()

    with pytest.raises(PlaceRefused, match="symbolic link"):
        copies(allowed, tmp_path / "into", {})

    assert list((tmp_path / "into").iterdir()) == []


def test_a_link_is_refused_at_the_door_too(empty: httpx.Client, drops: Path) -> None:
    (drops / "out.csv").symlink_to("/etc/passwd")

    assert "symbolic links" in refused(empty, f"file://{drops}/out.csv")


def test_a_pipe_keeps_nobody_waiting(read: Callable[..., Run], drops: Path) -> None:
    os.mkfifo(drops / "pipe.csv")

    assert read(f"file://{drops}/pipe.csv").code == "place_refused"


def test_the_platform_s_own_store_is_never_read(own: Served, folder: Path) -> None:
    space = own.store.tenant("empty")
    (folder / "link").symlink_to(folder / "store")
    prefixes = (f"file://{folder}", f"file://{folder}/link/")
    change_settings(space, imports={"prefixes": prefixes})
    client = own.of("empty")

    for inside in (
        "/",
        "/store/",
        "/store/secret.key",
        "/store/tenants/shop/",
        "/cache/",
        "/link/",
    ):
        assert refused(client, f"file://{folder}{inside}")
    assert refused(client, f"file://{folder}/link/tenants/shop/keys/000000000001.json")


def test_what_an_admin_took_back_is_not_read_any_more(
    read: Callable[..., Run], tmp_path: Path, drops: Path
) -> None:
    """Between the request and the job, too."""
    assert read(f"file://{drops}/log.csv").status == "imported"
    change_settings(store_in(tmp_path).tenant("empty"), imports={"prefixes": ()})

    assert read(f"file://{drops}/log.csv").code == "place_refused"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/from"),
        ({"from": 3}, "/from"),
        ({"from": "FILE", "format": "nonesuch"}, "/format"),
        ({"from": "FILE", "mapping": {"kind": "vew"}}, "/mapping"),
        ({"from": "FILE", "mapping": {}, "format": "movielens"}, "/format"),
        ({"from": "FILE", "endpoint": "http://127.0.0.1"}, "/endpoint"),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_request_is_told_by_its_field(
    asked: httpx.Client, body: dict[str, object], pointer: str
) -> None:
    text = json.dumps(body).replace("FILE", "file:///srv/drops/shop/log.csv")

    answer = asked.post("/imports", content=text)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert asked.get("/runs").json()["runs"] == []


@pytest.mark.parametrize(
    "prefix", ["http://a/b", "file:///", "file:///a/../b", "s3://127.0.0.1/x", "s3:///x", ""]
)
def test_a_prefix_that_opens_too_much_is_no_setting(prefix: str) -> None:
    document = {"id": "shop", "name": "S", "created_at": "2026-01-01T00:00:00Z"}

    with pytest.raises(ValueError, match="prefixes"):
        TenantSettings.model_validate({**document, "imports": {"prefixes": [prefix]}})


def test_a_training_is_no_import(shop: httpx.Client) -> None:
    run_id = shop.get("/runs").json()["runs"][0]["run_id"]

    assert shop.get(f"/imports/{run_id}").json()["code"] == "run_unknown"
    assert shop.get("/imports/..%2F..").status_code == 404


def test_imports_take_the_scope_manage(served: Served) -> None:
    client = served.client(served.key("shop", "ingest", "serve", "catalog"), "shop")

    assert client.post("/imports", json={"from": METADATA}).json()["code"] == "forbidden"


@pytest.fixture(name="s3", scope="module")
def _s3() -> Iterator[S3Server]:
    with running_s3() as server:
        yield server


def test_a_log_in_a_bucket_is_read_through_the_platform_s_endpoint_alone(
    s3: S3Server, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    bucket = s3.new_bucket()
    for key in ("shop/log.csv", "shop-evil/log.csv"):
        s3._client.put_object(Bucket=bucket, Key=key, Body=LOG.encode())
    with serving(store_in(folder)) as served:
        space = served.store.tenant("empty")
        change_settings(space, imports={"prefixes": (f"s3://{bucket}/shop",)})
        client = served.of("empty")
        refused(client, f"s3://{bucket}/shop-evil/log.csv")
        refused(client, f"s3://{bucket}/")
        run_id = client.post("/imports", json={"from": f"s3://{bucket}/shop/"}).json()["run_id"]
        until(lambda: client.get(f"/imports/{run_id}").json()["ended_at"] is not None, 60)
        run = client.get(f"/imports/{run_id}").json()

    assert run["status"] == "imported", run
    assert run["steps"][0]["result"]["events"] == 1200
