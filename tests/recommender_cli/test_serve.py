"""What `serve` refuses before it listens."""

import socket

import pytest

from .shell import Shell


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--dev", "--host", "0.0.0.0"), "loopback"),
        (("--workers", "2"), "RECOMMENDER_REDIS_URL"),
        (("--port", "8000", "--internal-port", "8000"), "must differ"),
    ],
    ids=["dev beyond loopback", "two workers", "one port for both"],
)
def test_a_contradiction_is_an_error_at_start(
    shell: Shell, arguments: tuple[str, ...], sentence: str
) -> None:
    said = shell.run("serve", *arguments)

    assert said.code == 2
    assert sentence in said.err


def test_a_variable_that_makes_no_sense_is_named(shell: Shell) -> None:
    said = shell.run("serve", RECOMMENDER_HISTORY_BUDGET_MS="soon")

    assert said.code == 2
    assert said.err.startswith("error: RECOMMENDER_HISTORY_BUDGET_MS: ")


def test_a_port_that_is_taken_is_told_in_a_sentence(shell: Shell) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        said = shell.run("serve", "--port", port)

    assert said.code == 1
    assert said.err == (f"error: nothing can listen on 127.0.0.1:{port}: choose another --port\n")
