"""What is true of jobs as processes of the server's own machine alone."""

import os
import sys
from pathlib import Path

from recommender_api.launch.local_processes import LocalProcesses
from recommender_api.launch.protocol import Order
from recommender_store.tenants.identity import parse_tenant_id
from tests.recommender_api.served import until

SHOP = parse_tenant_id("shop")


def test_a_job_gives_way_to_the_server(tmp_path: Path) -> None:
    launcher = LocalProcesses(tmp_path, dict(os.environ), (sys.executable,))

    launcher.start(Order(SHOP, "run-1", ("-c", "import os; print(os.nice(0))")))

    until(lambda: launcher.look(SHOP, "run-1").state == "ended")
    assert int(launcher.look(SHOP, "run-1").log[0]) > os.nice(0)
