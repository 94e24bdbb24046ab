"""What `serve` refuses before it listens."""

import pytest

from .conftest import Shell


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
