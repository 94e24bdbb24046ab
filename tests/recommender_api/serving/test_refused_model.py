"""A model that this code cannot read is refused, reported, and replaces nothing."""

from hashlib import sha256

from structlog.testing import capture_logs

from recommender_api.history.in_memory import InMemoryHistory
from recommender_api.serving.live_tenant import LiveTenant
from tests.recommender_api.served import AUTHOR, store_in
from tests.recommender_api.serving.test_live_tenant import answer, version_of, versions


def test_a_model_of_a_newer_format_is_told_and_the_one_before_serves_on(folder):
    store = store_in(folder)
    space = store.tenant("shop")
    tenant = LiveTenant(space, store.cache, InMemoryHistory())
    tenant.refresh()
    older, newer = versions(space)
    space.models.promote(older, author=AUTHOR)
    place = folder / "store" / "tenants" / "shop" / "artifacts" / older
    raw = (place / "manifest.json").read_bytes().replace(b'"bundle/2"', b'"bundle/9"')
    (place / "manifest.json").write_bytes(raw)
    (place / "manifest.sha256").write_bytes(sha256(raw).hexdigest().encode())
    with capture_logs() as logs:
        tenant.refresh()
    ids, codes, _ = answer(tenant, "similar", item_id="item-000000")

    assert version_of(tenant) == newer
    assert "degraded" in codes
    assert len(ids) == 10
    said = [(line["event"], line["tenant_id"], line["exc_info"].code) for line in logs]
    assert said == [("part_refused", "shop", "artifact_format_unknown")]
