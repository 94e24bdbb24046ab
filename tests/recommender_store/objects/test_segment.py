"""A segment is what was written, or says that it is not."""

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from recommender_store.errors import SegmentCorrupt
from recommender_store.objects.segment import SegmentName, decode_segment, encode_segment

lines = st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b" ")), max_size=6)
LINES = [b'{"a":1}', b'{"b":"\xc3\xa9\r\x85"}', b"{}"]


@given(lines=lines, at_us=st.integers(0, 10**16 - 1))
def test_what_goes_in_comes_out(lines: list[bytes], at_us: int) -> None:
    name, body = encode_segment(lines, at_us)

    assert decode_segment(SegmentName.parse(str(name)), body) == lines


@given(first=st.integers(0, 10**16 - 1), second=st.integers(0, 10**16 - 1))
def test_names_sort_by_time(first: int, second: int) -> None:
    names = [str(encode_segment([b"{}"], at_us)[0]) for at_us in (first, second)]

    assert (names[0] < names[1]) == (first < second)


def test_every_flipped_bit_is_told() -> None:
    name, body = encode_segment(LINES, 1)
    for at in range(len(body)):
        for bit in range(8):
            damaged = body[:at] + bytes([body[at] ^ 1 << bit]) + body[at + 1 :]
            with pytest.raises(SegmentCorrupt):
                decode_segment(name, damaged)


@pytest.mark.parametrize("length", [0, 1, -1])
def test_a_cut_tail_is_told(length: int) -> None:
    name, body = encode_segment(LINES, 1)

    with pytest.raises(SegmentCorrupt) as caught:
        decode_segment(name, body[:length])
    assert caught.value.segment == str(name)


def test_a_swapped_body_is_told() -> None:
    name, _ = encode_segment(LINES, 1)
    _, other = encode_segment([b"{}"], 1)

    with pytest.raises(SegmentCorrupt):
        decode_segment(name, other)


@pytest.mark.parametrize("changed", [{"written_at_us": 2}, {"line_count": 4}, {"digest": "0" * 16}])
def test_a_renamed_segment_is_told(changed: dict[str, int]) -> None:
    name, body = encode_segment(LINES, 1)

    with pytest.raises(SegmentCorrupt):
        decode_segment(name._replace(**changed), body)


@pytest.mark.parametrize(
    "text",
    [
        "notes.txt",
        "",
        "1-2.jsonl.zst",
        "0000000000000001-2-abc.jsonl",
        "0000000000000001-2-abc.jsonl.zst.part",
        "1-2-abc.jsonl.zst",
        "0000000000000001-02-abc.jsonl.zst",
        "0000000000000001-2-a-b.jsonl.zst",
        "000000000000000x-2-abc.jsonl.zst",
    ],
)
def test_what_is_no_segments_name_is_told(text: str) -> None:
    with pytest.raises(SegmentCorrupt):
        SegmentName.parse(text)


def test_the_body_is_plain_zstandard() -> None:
    _, body = encode_segment(LINES, 1)

    assert zstandard.ZstdDecompressor().decompress(body) == b"\n".join(LINES) + b"\n"
