"""A user is erased while their events come in, others' too, and a training reads the log."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from recommender_store.tenants.identity import TenantId
from tests.recommender_api.admin.test_users import USER, done, sent, viewed
from tests.recommender_api.recommend.test_lookup import sampling
from tests.recommender_api.served import copied, serving, until
from tests.recommender_api.shops import trained
from tests.recommender_store.care.unpacked import traces

BEFORE = "2026-03-01T10:00:00Z"


@contextmanager
def going_on(step: Callable[[int], Any]) -> Iterator[list[Any]]:
    """Over and over in a thread; what came of each."""
    ended = threading.Event()
    told: list[Any] = []

    def go_on() -> None:
        while not ended.wait(0.01):
            told.append(step(len(told)))

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield told
    finally:
        ended.set()
        thread.join()


@contextmanager
def training(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A real one, in a process of its own."""
    environment = {
        **os.environ,
        "RECOMMENDER_STORE_URL": f"file://{folder / 'store'}",
        "RECOMMENDER_CACHE_DIR": str(folder / "cache"),
        "TMPDIR": str(folder),
    }
    command = [sys.executable, "-m", "recommender_cli", "train", "--tenant", "shop", "--json"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def is_known(shop: httpx.Client, user_id: str) -> bool:
    """Whether an answer knows anything of the user."""
    answer = shop.get(f"/users/{user_id}/recommendations").json()
    return "user_unknown" not in {one["code"] for one in answer["warnings"]}


@pytest.mark.slow
def test_nothing_is_left_of_a_user_who_was_erased_amid_everything(tmp_path: Path) -> None:
    folder = copied(trained(), tmp_path / "copy")
    store = sampling(folder, 0.0)  # an answer from after the erasure may be written down
    with serving(store) as own, training(folder) as process:
        shop, theirs, others = (own.of("shop") for _ in range(3))
        space = own.store.tenant("shop")
        until(lambda: any(run.status == "running" for run in space.runs.all()), timeout_s=120)
        with ExitStack() as stack:
            of_user = stack.enter_context(
                going_on(lambda at: sent(theirs, viewed(USER, at, BEFORE))["accepted"])
            )
            of_others = stack.enter_context(
                going_on(lambda at: sent(others, viewed("other", at))["accepted"])
            )
            until(lambda: len(of_user) > 3)
            assert is_known(shop, USER)

            receipt = shop.delete(f"/users/{USER}").json()

            answered = stack.enter_context(going_on(lambda _: is_known(shop, USER)))
            said, _ = process.communicate(timeout=300)
            receipt = done(shop, receipt)
            until(lambda: len(answered) > 3)

        assert process.returncode in (0, 3), said
        assert receipt["places"]["artifacts"] == "erased"
        assert [one for one in traces(folder, USER) if "twin" not in Path(one).parts] == []
        assert (of_user[0], of_user[-1], set(of_others)) == (1, 0, {1})
        assert space.events.page_of_user(USER, 1).events == []
        assert set(answered) == {is_known(shop, USER)} == {False}
        assert not [*own.store.check(TenantId("shop"), lambda _: None, datetime.now(UTC))]
