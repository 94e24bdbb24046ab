"""The internal port: alive, ready, counted."""

from recommender_api.health.readiness import Readiness
from tests.recommender_api.served import AUTHOR, serving, store_in


def inside(served, path):
    return served.client().get(served.internal_url + path)


def test_a_running_server_is_alive_and_ready(served):
    assert inside(served, "/livez").json() == {"status": "alive"}
    assert inside(served, "/readyz").json() == {"status": "ready"}
    assert inside(served, "/nothing").status_code == 404


def test_nobody_is_ready_before_the_start_or_after_the_end():
    readiness = Readiness()
    assert not readiness.is_ready
    readiness.begin()
    assert readiness.is_ready
    readiness.end()
    assert not readiness.is_ready


def test_an_ended_tenant_and_a_broken_one_keep_nobody_from_starting(folder):
    store = store_in(folder)
    store.tenant("empty").end(author=AUTHOR)
    segment = next((folder / "store" / "tenants" / "shop" / "catalog").rglob("*.zst"))
    segment.write_bytes(b"rubbish")
    key = store.tenant("shop").keys.create("x", ["serve"], author=AUTHOR).secret
    with serving(store) as served:
        broken = served.client(key, "shop").get("/popular")

        assert inside(served, "/readyz").status_code == 200
        assert "twin" in served.applications.documented.state.shelf.tenant_ids
        assert served.of("twin").get("/popular").json()["served_by"] == "popular"
        assert broken.status_code == 503
        assert broken.json()["code"] == "segment_corrupt"


def test_requests_are_counted_by_route_tenant_and_status(own):
    own.of("shop").get("/popular")
    own.client(tenant="shop").get("/popular")
    told = inside(own, "/metrics").text

    counted = "recommender_api_requests_total"
    assert f'{counted}{{route="popular",status="200",tenant="shop",tier="popular"}} 1.0' in told
    assert f'{counted}{{route="other",status="401",tenant="",tier=""}} 1.0' in told


def test_health_is_not_on_the_public_port(served):
    for path in ("/livez", "/readyz", "/metrics"):
        assert served.client().get(path).status_code == 404
