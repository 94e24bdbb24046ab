"""
Real Helm in a child process: `Helm` asks, and this file as a script answers, a line of JSON each.

Helm's library is written in Go. Loaded here, its threads would stay for all tests that follow.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CHART = ROOT / "helm" / "recommender"


class Refused(Exception):  # noqa: N818 - named as what it is, like the platform's own
    """Helm said no; its words are those that whoever installs would read."""


class Helm:
    """To be closed."""

    def __init__(self) -> None:
        self._child = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def render(
        self, values: dict[str, Any], *, chart: Path = CHART, release: str = "shop"
    ) -> dict[str, str]:
        """The templates' texts, by their paths within the chart."""
        return self._ask(act="render", chart=str(chart), values=values, release=release)

    def lint(self, values: dict[str, Any], *, chart: Path = CHART) -> dict[str, Any]:
        return self._ask(act="lint", chart=str(chart), values=values)

    def install(
        self,
        values: dict[str, Any],
        kubeconfig: Path,
        namespace: str,
        release: str,
        ready_s: int,
        *,
        chart: Path = CHART,
    ) -> dict[str, Any]:
        """Into a real cluster; returns once everything is ready."""
        where = {"kubeconfig": str(kubeconfig), "namespace": namespace, "ready_s": ready_s}
        return self._ask(act="install", chart=str(chart), values=values, release=release, **where)

    def close(self) -> None:
        self._child.communicate()

    def _ask(self, **question: Any) -> Any:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(json.dumps(question) + "\n")
        self._child.stdin.flush()
        answer = json.loads(self._child.stdout.readline())
        if "refused" in answer:
            raise Refused(answer["refused"])
        return answer["told"]


def answer(question: dict[str, Any]) -> Any:
    import helm_python

    if question["act"] == "lint":
        return helm_python.lint(question["chart"], question["values"], strict=True)
    if question["act"] == "install":
        where = {"namespace": question["namespace"]}
        with helm_python.Config(kubeconfig_path=question["kubeconfig"], **where) as cluster:
            return cluster.install(
                question["chart"],
                question["release"],
                question["values"],
                timeout=question["ready_s"],
                wait="watcher",
                **where,
            )
    with helm_python.Chart.load(question["chart"]) as chart:
        return chart.render(question["values"], name=question["release"], namespace="reco")


def main() -> None:
    from helm_python import HelmError

    for line in sys.stdin:
        try:
            told = {"told": answer(json.loads(line))}
        except HelmError as error:
            told = {"refused": str(error)}
        print(json.dumps(told), flush=True)  # noqa: T201 - how it answers


if __name__ == "__main__":
    main()
