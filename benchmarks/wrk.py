"""
`wrk` (a Debian package) sending prepared requests: as many as the server answers.

A request is a line of text: method, path and, behind another space, the body. In a body of an event
`{number}` becomes a number never sent before, so that no event is a duplicate.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SCRIPT = """
local requests, place, number = {}, 0, 0
local headers = {}
function init(args)
  headers["authorization"] = "Bearer " .. args[2]
  headers["content-type"] = "application/json"
  math.randomseed(tonumber(args[3]))
  for line in io.lines(args[1]) do
    local method, path, body = line:match("^(%S+) (%S+) ?(.*)$")
    if body == "" then body = nil end
    local whole = wrk.format(method, path, headers, body)
    local before, behind = whole:match("^(.*)000000000000(.*)$")
    if before then requests[#requests + 1] = {before, behind}
    else requests[#requests + 1] = whole end
  end
  place = math.random(#requests)
  number = math.random(100000) * 1000000
end
function request()
  place = place % #requests + 1
  local one = requests[place]
  if type(one) == "string" then return one end
  number = number + 1
  return one[1] .. string.format("%012d", number) .. one[2]
end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    'RESULT {"requests": %d, "elapsed_s": %.3f, "errors": %d, "mean_ms": %.3f, ' ..
    '"p50_ms": %.3f, "p95_ms": %.3f, "p99_ms": %.3f}\\n',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
    latency.mean / 1e3, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3,
    latency:percentile(99) / 1e3))
end
"""
NUMBER = "000000000000"
"""Stands in a body for a number never sent before."""


def is_here() -> bool:
    return shutil.which("wrk") is not None


def flood(  # noqa: PLR0913 - what wrk itself is told
    port: int,
    requests: Iterable[str],
    key: str,
    *,
    seconds: float,
    cores: str,
    connections: int = 32,
    threads: int = 1,
    seed: int = 1,
) -> dict[str, Any]:
    """Requests a second, latencies and errors; the sender on the cores that are named."""
    with tempfile.TemporaryDirectory(prefix="benchmark-wrk-") as name:
        folder = Path(name)
        (folder / "send.lua").write_text(SCRIPT)
        (folder / "requests").write_text("\n".join(requests) + "\n")
        command = ["taskset", "-c", cores, "wrk", f"-t{threads}", f"-c{connections}"]
        command += [f"-d{seconds:g}s", "--timeout", "10s", "-s", str(folder / "send.lua")]
        command += [f"http://127.0.0.1:{port}", "--", str(folder / "requests"), key, str(seed)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    told = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    outcome: dict[str, Any] = json.loads(told.removeprefix("RESULT "))
    return outcome
