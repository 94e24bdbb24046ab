"""
What a logged event costs its caller, in microseconds, beside a log line through a queue.

Every case is measured in one process and one run, in blocks that take turns, while the delivery
thread sends to a real HTTP server in another process. Prints a table, or with ``--json`` one line
``{"rows": [{"case": …, "median_us": …, "p99_us": …, "max_us": …, "events": …}]}``.

    python benchmarks/sdk_cost.py [--events 100000] [--json]
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import logging.handlers
import multiprocessing
import queue
import tempfile
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection

from loggers_sdk import EventLogger

BLOCK = 500
PAUSE_S = 0.02
"""Between blocks, so that what is measured is a service's call and not a full queue."""
ITEMS = [f"sku-{number}" for number in range(20)]


def serve(address: Connection) -> None:
    """Accept every event, in a process of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = b'{"accepted":0,"duplicates":0,"rejected":[]}'
            self.send_response(202)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    address.send(f"http://127.0.0.1:{server.server_address[1]}")
    server.serve_forever()


def measure(call: Callable[[], object], times_ns: list[int]) -> None:
    clock = time.perf_counter_ns
    for _ in range(BLOCK):
        before = clock()
        call()
        times_ns.append(clock() - before)


def queue_log() -> tuple[logging.Logger, logging.handlers.QueueListener]:
    """Make a logger as services have it: records through a queue to a thread that writes them."""
    records: queue.Queue[logging.LogRecord] = queue.Queue()
    log = logging.getLogger("benchmark")
    log.setLevel(logging.INFO)
    log.propagate = False
    log.addHandler(logging.handlers.QueueHandler(records))
    listener = logging.handlers.QueueListener(records, logging.StreamHandler(io.StringIO()))
    listener.start()
    return log, listener


def run(endpoint: str, folder: str, events: int) -> list[dict[str, object]]:
    def logger(durability: str) -> EventLogger:
        return EventLogger(endpoint, "shop", "key", spool_dir=folder, durability=durability)

    log, listener = queue_log()
    with logger("spool_on_failure") as sdk, logger("spool_always") as durable:
        cases: dict[str, Callable[[], object]] = {
            "view": lambda: sdk.view(user_id="u-4711", item_id="sku-17"),
            "purchase, 8 fields": lambda: sdk.purchase(
                user_id="u-4711",
                session_id="s-1",
                item_id="sku-17",
                quantity=2,
                value=19.9,
                recommendation_id="rec_1",
                placement="home",
                position=3,
            ),
            "impression, 20 items": lambda: sdk.impression(user_id="u-4711", items=ITEMS),
            "view, spool_always": lambda: durable.view(user_id="u-4711", item_id="sku-17"),
            "logging.info, queue handler": lambda: log.info("view %s %s", "u-4711", "sku-17"),
        }
        times: dict[str, list[int]] = {case: [] for case in cases}
        for _ in range(max(1, events // BLOCK)):
            for case, call in cases.items():
                measure(call, times[case])
                time.sleep(PAUSE_S)
        lost = sdk.flush().dropped + durable.flush().dropped
    listener.stop()
    if lost:
        raise SystemExit(f"{lost} events were dropped: the figures are of a full queue")
    return [summarize(case, times_ns) for case, times_ns in times.items()]


def summarize(case: str, times_ns: list[int]) -> dict[str, object]:
    ordered = sorted(times_ns)
    return {
        "case": case,
        "median_us": round(ordered[len(ordered) // 2] / 1000, 2),
        "p99_us": round(ordered[len(ordered) * 99 // 100] / 1000, 2),
        "max_us": round(ordered[-1] / 1000, 1),
        "events": len(ordered),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--events", type=int, default=50_000, help="events for each case")
    parser.add_argument("--json", action="store_true", help="print one line for machines")
    options = parser.parse_args()
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            rows = run(here.recv(), folder, options.events)
    finally:
        server.terminate()
        server.join()
    if options.json:
        print(json.dumps({"rows": rows}))
        return
    print(f"{'case':<30}{'median µs':>12}{'p99 µs':>10}{'max µs':>10}")
    for row in rows:
        print(f"{row['case']:<30}{row['median_us']:>12}{row['p99_us']:>10}{row['max_us']:>10}")


if __name__ == "__main__":
    main()
