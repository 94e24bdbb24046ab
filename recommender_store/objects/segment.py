"""
A segment: JSON lines, compressed, immutable, and named after what it holds.

The name carries the time order, the number of lines and a digest of both and of the stored bytes,
so that a flipped bit, a cut tail, a swapped and a renamed file are all told from the name alone,
while `zstd -d` and DuckDB read the body without this code.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple, Self

import zstandard
from typing_extensions import override

from recommender_store.errors import SegmentCorrupt

_SUFFIX = ".jsonl.zst"
_DIGEST_LENGTH = 16
_LEVEL = 1
"""Packs events to about a seventh at some 1 GB/s; level 3 takes half as long again for nothing."""


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

    @override
    def __str__(self) -> str:
        return f"{self.written_at_us:016d}-{self.line_count}-{self.digest}{_SUFFIX}"


def encode_segment(lines: Sequence[bytes], written_at_us: int) -> tuple[SegmentName, bytes]:
    """
    The name and the bytes of a segment that holds `lines`, each without its last line end.

    What was written as several lines at once may come as one text of several lines.
    """
    text = b"\n".join(lines) + b"\n" if lines else b""
    body = zstandard.ZstdCompressor(_LEVEL, write_checksum=True).compress(text)
    count = text.count(b"\n")
    return SegmentName(written_at_us, count, _digest(written_at_us, count, body)), body


def decode_segment(name: SegmentName, body: bytes) -> list[bytes]:
    """
    The lines of a segment, after its name was held against its bytes.

    Raises:
        SegmentCorrupt: where digest, compression or the number of lines disagree.
    """
    if _digest(name.written_at_us, name.line_count, body) != name.digest:
        raise SegmentCorrupt(segment=str(name), reason="its bytes or its name were changed")
    try:
        text = zstandard.ZstdDecompressor().decompress(body)
    except zstandard.ZstdError as error:
        raise SegmentCorrupt(segment=str(name), reason=str(error)) from error
    lines = text[:-1].split(b"\n") if text else []
    if len(lines) != name.line_count:
        raise SegmentCorrupt(segment=str(name), reason=f"it holds {len(lines)} lines")
    return lines


def _digest(written_at_us: int, line_count: int, body: bytes) -> str:
    digest = hashlib.sha256(f"{written_at_us}-{line_count}\n".encode())
    digest.update(body)
    return digest.hexdigest()[:_DIGEST_LENGTH]
