"""The example package of hooks, as if it were installed: on the path, with its entry points."""

import os
import shutil
import tomllib
from pathlib import Path

PACKAGE = Path(__file__).parent / "shop_hooks"


def project() -> dict:
    return tomllib.loads((PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def hooks() -> list[str]:
    """The names of all that the package has."""
    return list(project()["entry-points"]["recommender_platform.hooks"])


def installed_in(folder: Path) -> Path:
    """What an installer would have made of the package."""
    told = project()
    metadata = folder / f"shop_hooks-{told['version']}.dist-info"
    metadata.mkdir(parents=True)
    shutil.copy(PACKAGE / "shop_hooks.py", folder)
    lines = ["Metadata-Version: 2.1", f"Name: {told['name']}", f"Version: {told['version']}"]
    (metadata / "METADATA").write_text("\n".join(lines), encoding="utf-8")
    for group, entries in told["entry-points"].items():
        points = [f"{name} = {where}" for name, where in entries.items()]
        (metadata / "entry_points.txt").write_text(f"[{group}]\n" + "\n".join(points))
    return folder


def is_gone(pid: int) -> bool:
    """Whether there is no such process any more, or only what is left to be waited for."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (ProcessLookupError, FileNotFoundError):
        return True
