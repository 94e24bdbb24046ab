"""The demo, whole: a real server, the real SDK, two tenants, the gate, answers with titles."""

import re
import subprocess
import sys

import pytest


@pytest.fixture(name="demo", scope="module")
def _demo() -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "recommender_cli", "demo", "--once", "--port", "0"],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_the_demo_ends_well(demo: subprocess.CompletedProcess[str]) -> None:
    assert demo.returncode == 0, demo.stderr


def test_the_demo_shows_two_tenants_that_passed_the_gate(
    demo: subprocess.CompletedProcess[str],
) -> None:
    assert "tenant 'trailhead'" in demo.stdout
    assert "tenant 'paperback'" in demo.stdout
    for slot in ("similar", "for_you", "content"):
        assert len(re.findall(rf"^ {slot} .* passed ", demo.stdout, re.MULTILINE)) == 2


def test_the_demo_prints_curl_lines_and_answers_by_the_model(
    demo: subprocess.CompletedProcess[str],
) -> None:
    assert demo.stdout.count("curl -H 'Authorization: Bearer rk_trailhead_") == 3
    assert demo.stdout.count("served by model") == 4


def test_the_demo_says_where_people_look_and_how_they_get_in(
    demo: subprocess.CompletedProcess[str],
) -> None:
    assert re.search(r"http://127\.0\.0\.1:\d+/console \(sign in with [0-9a-f]{32}\)", demo.stdout)


def test_a_demo_that_has_ended_says_what_to_run_before_anything_can_be_asked(
    demo: subprocess.CompletedProcess[str],
) -> None:
    told = demo.stdout.partition("that was it")[2]

    assert "run: recommender demo\n" in told
    assert told.index("run: recommender demo") < told.index("curl -H")
    assert "RECOMMENDER_STORE_URL" not in demo.stdout
