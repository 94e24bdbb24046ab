"""
The command `recommender`: one verb a file, imported cheaply; a room is imported when its verb runs.
"""

import sys
import traceback
from typing import NoReturn

import typer
from typer.exceptions import TyperException

from . import (
    audit,
    doctor,
    events,
    experiments,
    export,
    items,
    keys,
    measure,
    models,
    output,
    recommend,
    runs,
    serve,
    store,
    tenants,
    train,
    usage,
)
from .demo import verb as demo
from .logs import configure_logs

app = typer.Typer(
    name="recommender",
    help="Recommendations for many tenants: events in, ranked items out.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.add_typer(tenants.app, name="tenants")
app.add_typer(keys.app, name="keys")
app.add_typer(events.app, name="events")
app.add_typer(items.app, name="items")
app.command("train")(train.train)
app.add_typer(runs.app, name="runs")
app.add_typer(models.app, name="models")
app.add_typer(experiments.app, name="experiments")
app.command("measure")(measure.measure)
app.command("recommend")(recommend.recommend)
app.command("export")(export.export)
app.add_typer(store.app, name="store")
app.command("usage")(usage.usage)
app.add_typer(audit.app, name="audit")
app.command("doctor")(doctor.doctor)


@app.callback()
def _options(
    debug: bool = typer.Option(False, "--debug", help="Show tracebacks."),
) -> None:
    configure_logs(debug=debug)


def main() -> None:
    """Run a verb; every error is one sentence and an exit code, unless `--debug` asks for more."""
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    try:
        code = typer.main.get_command(app).main(
            (["--debug"] if debug else []) + arguments,
            prog_name="recommender",
            standalone_mode=False,
        )
    except typer.Abort:
        _end_interrupted(arguments)
    except TyperException as error:
        message = error.format_message()
        if message.startswith("Usage:"):
            output.say(message)
            raise SystemExit(output.USAGE) from None
        output.fail(f"{message} (see `--help`)", error.exit_code)
    except BrokenPipeError:
        raise SystemExit(output.DONE) from None
    except Exception as error:  # noqa: BLE001 - the edge: whatever went wrong is told in a sentence
        if _is_interrupted_query(error):
            _end_interrupted(arguments)
        if debug:
            traceback.print_exc()
        output.fail(output.sentence(error))
    _end(code or output.DONE, arguments)


def _end(code: int, arguments: list[str]) -> NoReturn:
    if code == output.INTERRUPTED:  # what Typer makes of KeyboardInterrupt
        _end_interrupted(arguments)
    raise SystemExit(code)


def _is_interrupted_query(error: Exception) -> bool:
    """Ctrl-C amid a query: DuckDB takes the signal and raises something of its own."""
    return type(error).__name__ == "InterruptException" or (
        isinstance(error, RuntimeError) and str(error) == "Query interrupted"
    )


def _end_interrupted(arguments: list[str]) -> NoReturn:
    goes_on = "; run the same command again, it goes on where it was"
    can_go_on = arguments[:2] in (["events", "import"], ["tenants", "create"]) or arguments[:1] == [
        "export"
    ]
    output.say("interrupted" + (goes_on if can_go_on else ""))
    raise SystemExit(output.INTERRUPTED)
