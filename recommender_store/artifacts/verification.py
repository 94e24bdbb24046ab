"""
Holding a bundle's file against its manifest: its size, then its digest.
"""

import hashlib
import os
from pathlib import Path

from .errors import ArtifactCorrupt
from .manifest import FileRecord


def verify(version: str, file: FileRecord, path: Path, *, keep: bool = False) -> None:
    """
    Args:
        version: the bundle that is to be blamed.
        file: what the manifest says.
        path: the bytes.
        keep: make them durable: what is never verified again must not change in a power cut.

    Raises:
        ArtifactCorrupt: where the bytes are others.
    """
    size = path.stat().st_size
    if size != file.size_bytes:
        reason = f"has {size} bytes instead of {file.size_bytes}"
        raise ArtifactCorrupt(version=version, file=file.path, reason=reason)
    with path.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != file.sha256:
            raise ArtifactCorrupt(version=version, file=file.path, reason="has another digest")
        if keep:
            os.fsync(stream.fileno())
