"""
A segment: JSON lines, compressed, immutable, and named after what it holds.

The name carries the time order, the number of lines and a digest of the stored bytes, so that a
flipped bit, a cut tail and a swapped file are all told from the name alone, while `zstd -d` and
DuckDB read the body without this code.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple, Self

import zstandard

from recommender_store.errors import SegmentCorrupt

_SUFFIX = ".jsonl.zst"
_DIGEST_LENGTH = 16
_LEVEL = 3
"""Level 3 packs events to about an eighth at some 300 MB/s; higher levels cost more than they save."""


class SegmentName(NamedTuple):
    """`<time in µs, 16 digits>-<lines>-<digest>.jsonl.zst`."""

    written_at_us: int
    line_count: int
    digest: str

    @classmethod
    def parse(cls, text: str) -> Self:
        stem, _, _ = text.partition(_SUFFIX)
        try:
            written_at_us, line_count, digest = stem.split("-")
            name = cls(int(written_at_us), int(line_count), digest)
        except ValueError as error:
            raise SegmentCorrupt(segment=text, reason="its name is not a segment's") from error
        if str(name) != text:
            raise SegmentCorrupt(segment=text, reason="its name is not a segment's")
        return name

    def __str__(self) -> str:
        return f"{self.written_at_us:016d}-{self.line_count}-{self.digest}{_SUFFIX}"


def encode_segment(lines: Sequence[bytes], written_at_us: int) -> tuple[SegmentName, bytes]:
    """The name and the bytes of a segment that holds `lines` (each without its line end)."""
    body = zstandard.ZstdCompressor(_LEVEL, write_checksum=True).compress(
        b"\n".join(lines) + b"\n" if lines else b""
    )
    return SegmentName(written_at_us, len(lines), _digest(body)), body


def decode_segment(name: SegmentName, body: bytes) -> list[bytes]:
    """
    The lines of a segment, after its name was held against its bytes.

    Raises:
        SegmentCorrupt: where digest, compression or the number of lines disagree.
    """
    if _digest(body) != name.digest:
        raise SegmentCorrupt(segment=str(name), reason="its bytes have another digest")
    try:
        text = zstandard.ZstdDecompressor().decompress(body)
    except zstandard.ZstdError as error:
        raise SegmentCorrupt(segment=str(name), reason=str(error)) from error
    lines = text.splitlines() if text else []
    if len(lines) != name.line_count:
        raise SegmentCorrupt(segment=str(name), reason=f"it holds {len(lines)} lines")
    return lines


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:_DIGEST_LENGTH]
