"""
`recommender serve`: the API on its port, health and metrics on another.
"""

from typing import Annotated

import typer

from .output import USAGE, fail, say


def serve(
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The public port.")] = 8000,
    internal_port: Annotated[int, typer.Option(help="Health and metrics.")] = 9100,
    workers: Annotated[int, typer.Option(help="Processes.")] = 1,
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
        fail(str(error.errors()[0]["msg"]).removeprefix("Value error, "), USAGE)
    for option, number in (("--port", port), ("--internal-port", internal_port)):
        if not can_listen(host, number):
            fail(f"nothing can listen on {host}:{number}: choose another {option}")
    store = opened(create=True)
    say(f"serving {store.settings.url} on http://{host}:{port} (docs at /docs)")
    run_server(store, settings)
