"""What docs/tenants.md shows is what happens: its examples are run against a real server."""

import re
import shlex

import httpx
import pytest

from recommender_api.access.uses import WRITE_EVERY_S
from recommender_store.settings import DEFAULT_RESTORE_DAYS
from recommender_store.tenants.keys import GRACE, LIVE_AT_ONCE
from tests.docs.pages import blocks, page
from tests.recommender_api.served import ADMIN_TOKEN, serving, store_in

PAGE = page("tenants.md")


@pytest.fixture
def admins(tmp_path):
    """A server with an admin, and no tenant yet."""
    with serving(store_in(tmp_path, create=True)) as running:
        yield running


def sent_by(curl, served):
    known = {"RECOMMENDER_ENDPOINT": served.base_url, "ADMIN": ADMIN_TOKEN}
    words = shlex.split(re.sub(r"\$(\w+)", lambda match: known[match[1]], curl))[1:]
    url = next(word for word in words if word.startswith("http"))
    words.remove(url)
    given = list(zip(words[::2], words[1::2], strict=True))
    headers = dict(value.split(": ", 1) for name, value in given if name == "-H")
    body = next((value for name, value in given if name == "-d"), None)
    method = next((value for name, value in given if name == "-X"), "POST" if body else "GET")
    return httpx.request(method, url, headers=headers, content=body, timeout=30)


def test_the_examples_work_in_their_order(admins):
    answers = [sent_by(curl, admins) for curl in blocks(PAGE, "curl")]

    assert [one.status_code for one in answers] == [201, 200, 200, 200, 201]
    assert answers[1].json()["gate"]["margin"] == 0.1
    told = admins.admin.get("/v1/audit").json()["entries"]
    assert {one["kind"] for one in told} <= {
        name for line in PAGE.splitlines() for name in re.findall(r"`([a-z]+\.[a-z_]+)`", line)
    }
    assert len(told) == 5


def test_figures_are_those_of_the_code():
    assert f"`RECOMMENDER_RESTORE_DAYS` ({DEFAULT_RESTORE_DAYS:.0f})" in PAGE
    assert f"`grace_hours` ({GRACE.total_seconds() / 3600:.0f};" in PAGE
    assert LIVE_AT_ONCE == 2
    assert WRITE_EVERY_S == 60
