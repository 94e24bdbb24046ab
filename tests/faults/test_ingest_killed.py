"""The API is killed again and again under load, and starts again on the same folder and port."""

import random
import signal
import time

import pytest

from tests.faults.crowd import Crowd, kept
from tests.faults.server_process import ServerProcess
from tests.recommender_api.served import AUTHOR, store_in


@pytest.mark.parametrize("kills", [2, pytest.param(30, marks=pytest.mark.slow)])
def test_every_acknowledged_event_is_there_once_and_in_the_end_every_offered_one(tmp_path, kills):
    store = store_in(tmp_path, create=True)
    space = store.create_tenant("shop", "Shop", author=AUTHOR)
    key = space.keys.create("x", ["ingest"], author=AUTHOR).secret
    server = ServerProcess(tmp_path)
    moments = random.Random(17)
    server.start()
    crowd = Crowd(server.url, key, tmp_path / "spool")
    try:
        for _ in range(kills):
            time.sleep(moments.uniform(0.05, 1.0))
            server.end(signal.SIGKILL)
            server.start()
        crowd.end()
    finally:
        server.end()

    found = kept(store)
    assert set(found.values()) == {1}
    assert set(crowd.acknowledged) <= set(found)
    assert set(crowd.offered) <= set(found)
    assert set(found) <= {*crowd.offered, *crowd.sent}
    assert len(crowd.acknowledged) > 100 * kills
