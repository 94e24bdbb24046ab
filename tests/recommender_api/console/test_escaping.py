"""Whatever a tenant names is shown as text."""

from datetime import UTC, datetime

import pytest

from recommender_store.audit.deeds import Deed
from recommender_store.author import Author
from recommender_store.catalog.log import ItemFields
from recommender_store.runs.pulse import origin
from recommender_store.runs.record import Launched, Run
from recommender_store.usage.page import UsagePage
from tests.recommender_api.console.visitor import visitor
from tests.recommender_api.served import AUTHOR, copied, serving, store_in
from tests.recommender_api.shops import trained

EVIL = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>"
QUOTED = "&lt;img src=x onerror=alert(1)&gt;"
PAGES = {
    "": QUOTED,
    "/models": QUOTED,
    "/runs": QUOTED,
    "/runs/20990101T000000Z-evil": QUOTED,
    "/rules": QUOTED,
    "/rule?id=evil": QUOTED,
    "/placements": QUOTED,
    "/placement?id=evil": QUOTED,
    "/experiments": QUOTED,
    "/keys": QUOTED,
    "/imports": QUOTED,
    "/imports?still=yes": QUOTED,
    "/runs/20990102T000000Z-evil": QUOTED,
    "/audit": QUOTED,
    "/audit?kind=rule": QUOTED,
    "/audit?day=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E": QUOTED,
    "/audit?actor=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E": QUOTED,
    "/usage?from=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E": QUOTED,
    "/usage": QUOTED,
    "/quotas": QUOTED,
    "/readiness": QUOTED,
    "/settings": QUOTED,
    "/try?q=img": QUOTED,
    "/try?placement=newest&limit=200": QUOTED,
    "/try?placement=popular&filter=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E": QUOTED,
}


@pytest.fixture(scope="module")
def evil(tmp_path_factory):
    store = store_in(copied(trained(), tmp_path_factory.mktemp("evil") / "copy"))
    space = store.tenant("shop")
    settings = space.settings().model_copy(update={"name": EVIL})
    space.save_settings(settings, author=AUTHOR)
    space.catalog.write(
        [ItemFields("evil-item", {"title": EVIL, "created_at": "2026-11-01T00:00:00Z"})]
    )
    rule = {"id": "evil", "kind": "exclude", "filter": "price < 0", "note": EVIL, "when": None}
    space.policies.rules.put("evil", rule, author=AUTHOR)
    placement = {"id": "evil", "sources": ["popular"], "note": EVIL}
    space.policies.placements.put("evil", placement, author=AUTHOR)
    variants = [{"id": "a"}, {"id": "b"}]
    experiment = {"id": "evil", "placements": ["evil"], "variants": variants, "note": EVIL}
    space.policies.experiments.put("evil", experiment, author=AUTHOR)
    space.keys.create(EVIL, ["serve"], author=AUTHOR)
    run = next(space.runs.newest_first())
    space.runs.save(
        Run(
            run_id="20990101T000000Z-evil",
            status="failed",
            started_at=run.started_at,
            sentence=EVIL,
            code="evil",
            warnings=(EVIL,),
        ),
        AUTHOR,
    )
    order = Run(
        run_id="20990102T000000Z-evil",
        kind="import",
        started_at=run.started_at,
        options={"from": EVIL, "format": EVIL},
        launched=Launched(launcher="local", origin=origin(), by=EVIL),
    )
    space.runs.save(order, AUTHOR)
    said = store.settings.launch_folder() / "shop" / order.run_id
    said.mkdir(parents=True)
    (said / "process").write_text('{"pid": 1, "began": ""}')
    (said / "log").write_text(f"reading {EVIL}\n")
    space.models.roll_back(author=AUTHOR, reason=EVIL)
    store.audit.note("shop", Deed("thing.done", (EVIL,)), Author(EVIL, EVIL), {EVIL: EVIL})
    space.usage.put(UsagePage(worker="w", day=f"{datetime.now(UTC):%Y-%m-%d}", answers={EVIL: 1}))
    with serving(store) as served:
        yield visitor(served).sign_in()


@pytest.mark.parametrize(("page", "told"), PAGES.items())
def test_html_in_a_field_is_shown_as_text(evil, page, told):
    text = evil.client.get(f"/console/tenants/shop{page}").text

    assert told in text
    assert "<img" not in text
    assert "<script" not in text
    assert "'><" not in text


def test_html_in_the_name_of_a_tenant_is_text_in_the_list(evil):
    text = evil.get("/tenants").text

    assert QUOTED in text
    assert "<img" not in text


def test_html_in_what_is_sent_comes_back_as_text(evil):
    evil.get("/tenants")
    refused = evil.post("/tenants", status=422, id=EVIL, name=EVIL)
    assert "<img" not in refused.text
    assert QUOTED in refused.text

    written = evil.post(
        "/tenants/shop/rule", status=422, text=f'{{"id": "{EVIL[:28]}"}}', do="save"
    )
    assert "<img" not in written.text
    assert QUOTED in written.text


def test_an_address_has_a_page_say_nothing_but_our_own_sentences(evil):
    text = evil.get("/tenants/shop", said=EVIL).text

    assert "<img" not in text
    assert 'role="status"' not in text
