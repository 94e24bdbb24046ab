"""A command as a process of this machine."""

import os
import sys
import threading

import pytest

from airflow_dags.jobs.process import KEPT_LINES, Process


def said_by(script: str) -> tuple[int, list[str], Process]:
    lines: list[str] = []
    process = Process([sys.executable, "-c", script], os.environ)
    return process.follow(lines.append), lines, process


def test_what_it_says_on_either_stream_is_handed_on_line_by_line() -> None:
    code, lines, _ = said_by("import sys; print('one'); print('two', file=sys.stderr); sys.exit(3)")

    assert (code, sorted(lines)) == (3, ["one", "two"])


def test_of_much_the_end_is_kept() -> None:
    _, lines, process = said_by("for at in range(500): print(at)")

    assert len(lines) == 500
    assert list(process.said) == lines[-KEPT_LINES:]


def test_one_that_a_signal_ended_is_told_by_it() -> None:
    assert said_by("import os; os.kill(os.getpid(), 9)")[0] == 137


def test_bytes_that_are_no_text_are_told_all_the_same() -> None:
    _, (line,), _ = said_by(r"import sys; sys.stdout.buffer.write(b'\xff!\n')")

    assert line.endswith("!")


@pytest.mark.parametrize("hears", [True, False])
def test_one_that_is_to_end_does_whether_it_hears_or_not(*, hears: bool) -> None:
    deaf = "" if hears else "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    script = f"import signal, time; {deaf} print('begun'); time.sleep(600)"
    process = Process([sys.executable, "-c", script], os.environ)
    begun = threading.Event()
    codes: list[int] = []
    following = threading.Thread(target=lambda: codes.append(process.follow(lambda _: begun.set())))
    following.start()
    begun.wait()

    process.end()

    following.join()
    assert codes == [143 if hears else 137]
    process.end()
