"""
A tenant is brought in and tended by a person with a browser, without a line of code.

Chromium clicks; what it shows is held to accessibility rules, and to the policy that pages set.
"""

import re
import shutil
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.recommender_api.served import ADMIN_TOKEN, Served, until
from tests.recommender_api.shops import event, world_of
from trainers.jobs.options import TrainOptions
from trainers.jobs.train import train

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
browsers = pytest.importorskip(
    "playwright.sync_api", reason="pip install playwright axe-playwright-python, to click pages"
)
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="pip install axe-playwright-python"
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="apt-get install chromium, to click pages"),
]
SERIOUS = {"serious", "critical"}
BY_ITSELF_MS = 120_000
"""A page that loads itself again while a process works."""
PAGES = ["", "/models", "/runs", "/rules", "/rule", "/placements", "/placement?id=for_you"]
PAGES += ["/experiments", "/try?placement=for_you&user_id=user-000001", "/try?q=shop", "/keys"]
PAGES += ["/imports", "/readiness", "/usage", "/quotas", "/audit?check=yes", "/settings"]
PLATFORM = ["/tenants", "/deleted", "/usage", "/audit?check=yes"]


@pytest.fixture
def browser() -> Iterator[Any]:
    with browsers.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


def opened(browser: Any, served: Served, **options: Any) -> tuple[Any, list[str]]:
    """A page of a new visitor, and what the browser complains of."""
    page = browser.new_context(base_url=served.base_url, **options).new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page, complaints


def sign_in(page: Any) -> None:
    page.goto("/console")
    page.get_by_label("Token or key").fill(ADMIN_TOKEN)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Tenants", exact=True).wait_for()


def send_data(client: httpx.Client) -> None:
    """What the tenant's service sends: items, and a few thousand events."""
    items = "\n".join(
        f'{{"item_id": "item-{n:06d}", "title": "Boutique item {n}", "price": {n}}}'
        for n in range(200)
    )
    assert client.post("/items:import", content=items).status_code == 200
    events = [event(n, done) for n, done in enumerate(world_of("shop").interactions)]
    for at in range(0, len(events), 1000):
        assert client.post("/events", json={"events": events[at : at + 1000]}).status_code == 202


def test_a_tenant_is_brought_in_and_tended_in_a_browser(browser, own):
    page, complaints = opened(browser, own)
    sign_in(page)

    client = own.client(bring_in(page), "boutique")
    send_data(client)
    page.get_by_role("link", name="Overview").click()
    assert "6,000" in page.locator("dl.facts").inner_text()
    assert page.get_by_role("img", name=re.compile("Events by day")).is_visible()

    older, newer = trained_twice(own)
    until(lambda: (asked(client)["model"] or {}).get("version") == newer, 30)
    preview_and_save_a_rule(page)
    assert asked(client)["applied_rules"] == []
    page.get_by_role("button", name="Switch no-cheap on").click()
    page.get_by_text("The rule is switched on.").wait_for()
    assert asked(client)["applied_rules"] == ["no-cheap"]

    roll_back(page)
    assert asked(client)["model"]["version"] == older

    sign_out(page)
    assert not complaints


def test_a_log_is_imported_and_trained_on_in_a_browser(browser, own, tmp_path):
    drops = tmp_path / "drops"
    drops.mkdir()
    (drops / "log.csv").write_text(log_of("shop"))
    page, complaints = opened(browser, own)
    sign_in(page)
    make(page)

    page.get_by_role("link", name="Settings").click()
    page.get_by_label("Places that logs").fill(f"file://{drops}/")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("The settings were saved.").wait_for()
    page.get_by_role("link", name="Imports").click()
    page.get_by_label("From").fill(f"file://{drops}/log.csv")
    page.get_by_role("button", name="Import").click()
    page.locator("h1 .badge", has_text="imported").wait_for(timeout=BY_ITSELF_MS)
    page.get_by_role("link", name="Readiness").click()
    assert "6,000" in page.locator("dl.facts").inner_text()

    page.get_by_role("link", name="Runs").click()
    page.get_by_role("button", name="Train now").click()
    page.get_by_text("This page loads itself again").wait_for()
    page.locator("h1 .badge", has_text="promoted").wait_for(timeout=BY_ITSELF_MS)
    page.get_by_role("link", name="Overview").click()
    assert "none" not in page.locator("dl.facts dd").first.inner_text()
    page.get_by_role("link", name="Audit").click()
    assert "training.started" in page.locator("main").inner_text()
    assert not complaints


def test_a_tenant_is_deleted_and_brought_back_in_a_browser(browser, own):
    page, complaints = opened(browser, own)
    sign_in(page)
    page.goto("/console/tenants/twin/settings")

    page.get_by_text("Delete this tenant").click()
    page.get_by_label("Its id once more").fill("twin")
    page.get_by_role("button", name="Delete it").click()
    page.get_by_text("The tenant was deleted").wait_for()
    assert not own.store.space("twin").exists()
    page.get_by_role("button", name="Restore twin").click()

    page.get_by_text("The tenant is back").wait_for()
    assert own.store.space("twin").exists()
    assert not complaints


def log_of(tenant: str) -> str:
    """A log as a shop might have one."""
    told = [event(n, done) for n, done in enumerate(world_of(tenant).interactions)]
    lines = [f"{one['user_id']},{one['item_id']},{one['occurred_at']},view" for one in told]
    return "\n".join(["user_id,item_id,timestamp,event", *lines])


def bring_in(page: Any) -> str:
    """A new tenant, and the secret of a key for its service."""
    make(page)
    page.get_by_role("link", name="Keys").click()
    page.get_by_label("Name").fill("its service")
    for scope in ("ingest", "serve", "catalog"):
        page.get_by_label(scope).check()
    page.get_by_role("button", name="Create").click()
    return re.search(r"rk_boutique_\w+", page.get_by_role("status").inner_text())[0]


def make(page: Any) -> None:
    page.get_by_label("Id", exact=True).fill("boutique")
    page.get_by_label("Name").fill("La Boutique")
    page.get_by_role("button", name="Create").click()
    page.get_by_text("The tenant was made.").wait_for()


def trained_twice(served: Served) -> list[str]:
    space = served.store.tenant("boutique")
    versions = []
    for seed in (1, 2):
        run = train(space, TrainOptions(seed=seed, threads=1), served.store.cache)
        assert run.status == "promoted", run.sentence
        versions.append(run.version)
    return versions


def preview_and_save_a_rule(page: Any) -> None:
    page.get_by_role("link", name="Rules").click()
    page.get_by_label("A new rule").select_option("exclude")
    page.get_by_role("button", name="Write it").click()
    rule = '{"id": "no-cheap", "kind": "exclude", "filter": "price < 100", "enabled": false}'
    page.get_by_label("As JSON").fill(rule)
    page.get_by_label("User").fill("user-000001")
    page.get_by_role("button", name="Preview").click()
    assert page.locator("tr.removed").count() > 0
    assert page.locator("tr.added").count() == page.locator("tr.removed").count()
    page.get_by_role("button", name="Save").click()


def roll_back(page: Any) -> None:
    page.get_by_role("link", name="Models").click()
    page.get_by_label("Why go back").fill("worse on Mondays")
    page.get_by_role("button", name="Roll back").click()
    page.get_by_text("The version before answers again.").wait_for()
    assert "worse on Mondays" in page.locator("main").inner_text()


def sign_out(page: Any) -> None:
    """And what is in the browser's memory opens nothing."""
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("You are signed out.").wait_for()
    page.go_back()
    page.reload()
    page.get_by_label("Token or key").wait_for()


def asked(client: httpx.Client) -> Any:
    return client.get("/users/user-000001/recommendations").json()


@pytest.mark.parametrize(
    "options",
    [{}, {"color_scheme": "dark"}, {"viewport": {"width": 360, "height": 740}, "is_mobile": True}],
    ids=["light", "dark", "phone"],
)
def test_pages_are_for_everybody_and_fit_where_they_are_shown(browser, own, options):
    page, complaints = opened(browser, own, **options)
    page.goto("/console")
    found = {"sign-in": serious(page)}
    sign_in(page)
    found["tenants"] = serious(page)
    for tenant in ("shop", "empty"):
        for below in PAGES:
            page.goto(f"/console/tenants/{tenant}{below}")
            found[f"{tenant}{below}"] = serious(page)
            assert page.evaluate(FITS), f"{tenant}{below} is wider than its window"
    for below in PLATFORM:
        page.goto(f"/console{below}")
        found[below] = serious(page)
        assert page.evaluate(FITS), f"{below} is wider than its window"
    page.goto(f"/console/tenants/shop/runs/{own.store.tenant('shop').runs.ids()[0]}")
    found["run"] = serious(page)
    page.goto("/console/nothing/here")
    found["what is not there"] = serious(page)
    complaints = [one for one in complaints if "404" not in one]

    assert {name: faults for name, faults in found.items() if faults} == {}
    assert not complaints


FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


def serious(page: Any) -> list[str]:
    violations = axe.Axe().run(page).response["violations"]
    return [one["id"] for one in violations if one["impact"] in SERIOUS]


def test_a_tenant_is_made_by_keyboard_alone(browser, own):
    page, _ = opened(browser, own)
    page.goto("/console")
    page.wait_for_function("document.activeElement.id === 'secret'")
    page.keyboard.type(ADMIN_TOKEN)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Tenants", exact=True).wait_for()

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the content"
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "id":
            break
    page.keyboard.type("by-keyboard")
    page.keyboard.press("Enter")

    page.get_by_text("The tenant was made.").wait_for()
