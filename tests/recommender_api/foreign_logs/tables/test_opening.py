import bz2
import gzip
import io
import lzma
import random
import resource
import tarfile

import pytest
import zstandard

from recommender_api.foreign_logs.errors import (
    EncodingWrong,
    LogMissing,
    LogTruncated,
    LogUnreadable,
)
from recommender_api.foreign_logs.tables.opening import first_bytes, open_bytes, open_utf_8

TEXT = b"".join(b"user-%d,item-%d,%d\n" % (n, n * n, n) for n in range(60_000))
COMPRESSIONS = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "zst": zstandard.compress,
    "xz": lzma.compress,
}


@pytest.mark.parametrize("ending", COMPRESSIONS)
def test_compressed_files_are_read_by_their_first_bytes_whatever_their_name(write, ending):
    path = write("log.csv", COMPRESSIONS[ending](TEXT))

    with open_bytes(path) as stream:
        assert stream.read() == TEXT


@pytest.mark.parametrize("ending", COMPRESSIONS)
def test_two_compressed_parts_in_one_file_are_both_read(write, ending):
    path = write("log.csv", COMPRESSIONS[ending](b"a\n") + COMPRESSIONS[ending](b"b\n"))

    with open_bytes(path) as stream:
        assert stream.read() == b"a\nb\n"


@pytest.mark.parametrize("ending", COMPRESSIONS)
def test_a_file_that_breaks_off_raises_at_its_end_not_silently(write, ending):
    path = write(f"log.{ending}", COMPRESSIONS[ending](TEXT)[:-50])

    with open_bytes(path) as stream, pytest.raises(EOFError):
        drain(stream)


@pytest.mark.parametrize("ending", COMPRESSIONS)
def test_damaged_bytes_raise_and_do_so_again_when_asked_again(write, ending):
    packed = bytearray(COMPRESSIONS[ending](TEXT))
    middle = len(packed) // 2
    packed[middle : middle + 200] = random.Random(1).randbytes(200)

    with open_bytes(write("log", bytes(packed))) as stream:
        with pytest.raises(EOFError):
            drain(stream)
        with pytest.raises(EOFError):
            stream.read1(1)


@pytest.mark.parametrize("ending", COMPRESSIONS)
def test_a_damaged_end_is_told_when_all_before_it_was_read(write, ending):
    with open_bytes(write("log", COMPRESSIONS[ending](b"a,b\n") + b"rubbish")) as stream:
        assert stream.read1(100) == b"a,b\n"
        with pytest.raises(EOFError):
            stream.read1(100)


def test_padding_behind_compressed_bytes_is_passed_over(write):
    with open_bytes(write("log", gzip.compress(b"a\n") + b"\0" * 30_000)) as stream:
        assert stream.read() == b"a\n"


def test_what_unpacks_to_gigabytes_is_read_within_bounds(write):
    many = zstandard.ZstdCompressor().compressobj()
    packed = b"".join(many.compress(b"x" * (1 << 20)) for _ in range(256)) + many.flush()
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with open_bytes(write("log", packed)) as stream:
        drain(stream)

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 100_000


@pytest.mark.parametrize("ending", COMPRESSIONS)
def test_whoever_watches_is_told_of_every_byte_of_the_file(write, ending):
    path = write("log", COMPRESSIONS[ending](TEXT))
    counts = []

    with open_bytes(path, counts.append) as stream:
        drain(stream)

    assert sum(counts) == path.stat().st_size


def test_a_file_that_breaks_off_in_its_first_bytes_is_truncated(write):
    with pytest.raises(LogTruncated) as broken:
        first_bytes(write("log.gz", gzip.compress(TEXT)[:8]), 4)

    assert broken.value.whole_rows == 0


def test_a_workbook_is_refused_with_what_to_do(write):
    with pytest.raises(LogUnreadable, match="save it as CSV"):
        open_bytes(write("log.xlsx", b"PK\x03\x04rest"))


@pytest.mark.parametrize("compress", [bytes, gzip.compress, lzma.compress], ids=["", "gz", "xz"])
def test_a_tar_archive_is_refused_with_what_to_do(write, compress):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("log.csv"), io.BytesIO())

    with pytest.raises(LogUnreadable, match="a tar archive; unpack it"):
        first_bytes(write("log.tar", compress(packed.getvalue())), 4)


def test_a_folder_is_refused_with_what_to_write(tmp_path):
    with pytest.raises(LogUnreadable, match=r"is a folder; name the files in it, as in .*/\*\.csv"):
        open_bytes(tmp_path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(LogMissing, match=r"nowhere\.csv"):
        open_bytes(tmp_path / "nowhere.csv")


def test_other_encodings_are_read_as_utf_8(write):
    text = "käse,ß,€\n" * 1000

    for encoding in ("utf-16", "cp1252"):
        with open_utf_8(write("log.csv", text.encode(encoding)), encoding) as stream:
            assert stream.read().decode().removeprefix("\ufeff") == text


def test_bytes_outside_the_encoding_stay_visibly_broken(write):
    path = write("log.csv", b"a\x81b\n")

    with open_utf_8(path, "cp1252") as stream:
        assert stream.read() == b"a\x81b\n"


def test_utf_16_read_as_utf_8_is_told_at_once(write):
    with pytest.raises(EncodingWrong, match="encoding: utf-16"):
        open_utf_8(write("log.csv", "a,b\n".encode("utf-16")), "utf-8")


def drain(stream):
    while stream.read1(1 << 16):
        pass
