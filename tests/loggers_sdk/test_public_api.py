import inspect
import types
from pathlib import Path

import loggers_sdk
from loggers_sdk import log_handler, testing

SNAPSHOT = Path(__file__).with_name("public_api.txt")
REFRESH = "python -m tests.loggers_sdk.test_public_api > tests/loggers_sdk/public_api.txt"


def describe(name: str, thing: object) -> list[str]:
    if not inspect.isclass(thing):
        return [f"{name} = {thing!r}"]
    bases = ", ".join(base.__name__ for base in thing.__bases__ if base is not object)
    lines = [f"class {name}({bases})"]
    if "__init__" in vars(thing) and not getattr(thing, "_is_protocol", False):
        lines.append(f"    __init__{inspect.signature(thing.__init__)}")
    fields = getattr(thing, "_fields", ())
    lines += [f"    {field}" for field in fields]
    for member, value in sorted(vars(thing).items()):
        function = value.__func__ if isinstance(value, classmethod) else value
        if member.startswith("_") or member in fields:
            continue
        if isinstance(function, types.FunctionType):
            lines.append(f"    {member}{inspect.signature(function)}")
        elif isinstance(value, property):
            lines.append(f"    {member} -> {value.fget.__annotations__['return']}")
    return lines


def current_api() -> str:
    lines: list[str] = []
    for name in loggers_sdk.__all__:
        lines += describe(name, getattr(loggers_sdk, name))
    lines += describe("log_handler.EventLogHandler", log_handler.EventLogHandler)
    lines += describe("log_handler.RecordMapping", log_handler.RecordMapping)
    lines += describe("testing.RecordingTransport", testing.RecordingTransport)
    return "\n".join(lines) + "\n"


def test_the_public_names_change_only_with_the_snapshot() -> None:
    assert current_api() == SNAPSHOT.read_text(), f"if you meant it: {REFRESH}"


def test_all_is_sorted_and_there() -> None:
    assert loggers_sdk.__all__ == sorted(loggers_sdk.__all__)
    assert all(hasattr(loggers_sdk, name) for name in loggers_sdk.__all__)


if __name__ == "__main__":
    print(current_api(), end="")  # noqa: T201 this is how the snapshot is made
