"""
`recommender serve`: the API on its port, health and metrics on another.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from .output import USAGE, fail, say

if TYPE_CHECKING:
    from pydantic import ValidationError


def serve(
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The public port.")] = 8000,
    internal_port: Annotated[int, typer.Option(help="Health and metrics.")] = 9100,
    workers: Annotated[int, typer.Option(help="Processes; more than one take Redis.")] = 1,
    dev: Annotated[
        bool, typer.Option("--dev", help="Admin routes without a token, on loopback only.")
    ] = False,
) -> None:
    """
    Serve events and recommendations until Ctrl-C.

    Example: recommender serve --dev --port 8000
    """
    from pydantic import ValidationError

    from recommender_api.settings import ApiSettings

    from .server import can_listen, run_server
    from .stores import opened

    try:
        settings = ApiSettings.from_environment(
            host=host, port=port, internal_port=internal_port, workers=workers, dev=dev
        )
    except ValidationError as error:
        fail(told_of(error), USAGE)
    for option, number in (("--port", port), ("--internal-port", internal_port)):
        if not can_listen(host, number):
            fail(f"nothing can listen on {host}:{number}: choose another {option}")
    store = opened(create=True)
    say(f"serving {store.settings.url} on http://{host}:{port} (docs at /docs)")
    if workers == 1:
        run_server(store, settings)
        return
    from .workers import run_workers

    if not run_workers(settings, store):
        fail("a worker could not start: what it said stands above")


def told_of(error: "ValidationError") -> str:
    """The first thing that is wrong; a variable of the environment is named."""
    from recommender_api.settings import VARIABLES

    first = error.errors()[0]
    said = str(first["msg"]).removeprefix("Value error, ")
    variable = VARIABLES.get(str(first["loc"][0])) if first["loc"] else None
    return said if variable is None or variable in said else f"{variable}: {said}"
