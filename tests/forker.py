"""
A process that has imported what our programs import, and forks once for each that it is told of.

    python forker.py FD

Each has a process, a folder, an environment and files of its own, as a shell would give it; what
it is spared is importing, which takes longer than most of them. On the socket come lines of JSON:
`{"module", "arguments", "folder", "environment", "files": [stdin, stdout, stderr]}`; each is
answered with the exit code of `python -m MODULE ARGUMENTS…`.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import socket
import sys
import threading
import traceback
from typing import NoReturn

PRELOADED = (
    "duckdb",
    "faiss",
    "implicit",
    "scipy.sparse",
    "recommender_api.app",
    "recommender_api.export.exporter",
    "recommender_api.foreign_logs.reading",
    "recommender_cli.command",
    "recommender_cli.event_import",
    "recommender_cli.onboarding.onboarding",
    "trainers.jobs.train",
)


def main(line: socket.socket) -> None:
    for name in PRELOADED:
        importlib.import_module(name)
    gc.freeze()
    with line.makefile("rw", encoding="utf-8") as told:
        for asked in told:
            child = os.fork()
            if child == 0:
                run(**json.loads(asked))
            _, status = os.waitpid(child, 0)
            told.write(f"{os.waitstatus_to_exitcode(status)}\n")
            told.flush()


def run(
    module: str, arguments: list[str], folder: str, environment: dict[str, str], files: list[str]
) -> NoReturn:
    """All that a program does but take itself apart at its end, which takes long."""
    become(folder, environment, files)
    sys.argv = [module, *arguments]
    code = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:  # noqa: BLE001 - told as the interpreter would
        traceback.print_exc()
        code = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def become(folder: str, environment: dict[str, str], files: list[str]) -> None:
    """Be as if a shell had started it."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, path in enumerate(files):
        opened = os.open(path, os.O_RDONLY if number == 0 else os.O_WRONLY)
        os.dup2(opened, number)
        os.close(opened)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
