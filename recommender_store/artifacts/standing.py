"""
How a bundle stands: live, refused by the gate, or merely there; and who decided that it is live.
"""

from typing import Any, Literal

from .catalogue import Current, ModelCatalogue
from .manifest import Manifest

Standing = Literal["live", "refused", "published"]


def standing(manifest: Manifest, current: Current) -> Standing:
    """`refused`: slots of its own were refused, and it is not live all the same."""
    if manifest.version == current.version:
        return "live"
    return "refused" if manifest.not_let_in() else "published"


def told(manifest: Manifest, current: Current) -> dict[str, Any]:
    """A manifest as machines read it, with how it stands."""
    is_forced = manifest.version == current.version and current.is_forced
    said = {"status": standing(manifest, current), "forced": is_forced}
    return manifest.model_dump(mode="json") | said


def decisions(models: ModelCatalogue, version: str) -> list[dict[str, Any]]:
    """Each time that a version was made the current one, newest first."""
    return [
        {
            "number": past.number,
            "at": past.written_at.isoformat(),
            "by": past.written_by,
            "from": past.written_from,
            "reason": past.value["reason"],
            "forced": past.value.get("forced", False),
        }
        for past in models.decisions_on(version)
        if past.value is not None
    ]
