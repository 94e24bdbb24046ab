"""Logs and mappings as they should not be: each is told in a sentence that says what to write."""

import gzip
import json
import random
import subprocess
import sys
import zipfile
from io import BytesIO

import pytest
import zstandard

from .in_process import Terminal, _terminal

__all__ = ["_terminal"]

HEADER = "user_id,item_id,timestamp\n"
ROWS = [f"u{at % 9},i{at % 7},2026-01-{1 + at % 28:02d}T10:{at % 60:02d}:00Z" for at in range(60)]
GOOD = HEADER + "\n".join(ROWS) + "\n"
MAPPING = """kind: view
time: {column: timestamp, format: iso}
fields: {user_id: user_id, item_id: item_id}
"""


def rows(head: str, row: str, count: int = 60) -> str:
    """`count` rows in which `%d` is a number from 1 to 9, twice."""
    return head + "".join(row % (1 + at % 9, 1 + at % 9) for at in range(count))


def zipped() -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("log.csv", GOOD)
    return packed.getvalue()


REFUSED_FILES = {
    "an empty file": ("", "log_empty", "export it again, with at least one event"),
    "a header alone": (HEADER, "log_empty", "a header and no rows"),
    "bytes": (random.Random(1).randbytes(4000), "log_unreadable", "save it as CSV, TSV"),
    "a zip archive": (zipped(), "log_unreadable", "unzip it"),
    "a json array": ('[{"user_id": "u"},\n {"user_id": "v"}]', "log_unreadable", "jq -c '.[]'"),
    "a json document": ('{\n "events": []\n}', "log_unreadable", "jq -c '.events[]'"),
    "a cut gzip": (gzip.compress(GOOD.encode() * 99)[:-20], "log_truncated", "fetch the file"),
    "lists": (
        "".join(" ".join(map(str, range(at, 3 * at + 5))) + "\n" for at in range(40)),
        "log_unreadable",
        "one row per user, item and time",
    ),
    "compressed parquet": (gzip.compress(b"PAR1 and so on"), "log_unreadable", "unpack it"),
}


@pytest.mark.parametrize("name", REFUSED_FILES)
@pytest.mark.parametrize("verb", ["inspect", "import"])
def test_a_file_that_is_no_log_is_refused_with_what_to_do(
    terminal: Terminal, name: str, verb: str
) -> None:
    content, code, sentence = REFUSED_FILES[name]
    path = terminal.write("log", content)

    said = terminal.imported(path) if verb == "import" else terminal.run("events", verb, path)

    assert said.code == 1
    assert f"[{code}]" in said.err
    assert sentence in said.err


def test_a_folder_and_a_missing_file_are_told_apart(terminal: Terminal) -> None:
    terminal.write("logs/log.csv", GOOD)
    mapping = terminal.write("mapping.yaml", MAPPING)

    folder = terminal.imported("logs", "--mapping", mapping)
    missing = terminal.imported("nowhere.csv")

    assert "name the files in it, as in logs/*.csv [log_unreadable]" in folder.err
    assert "there is no file nowhere.csv; check the path [log_missing]" in missing.err


REFUSED_MAPPINGS = {
    "a missing column": (
        MAPPING.replace("user_id: user_id", "user_id: usr_id"),
        ("column_missing", "did you mean 'user_id'?"),
    ),
    "a zone that is none": (
        MAPPING.replace("iso", "iso, zone: Europe/Londn"),
        ("mapping_invalid", "did you mean Europe/London?"),
    ),
    "an unknown key": (
        MAPPING.replace("kind: view", "kind: view\nfilds: {}"),
        ("mapping_invalid", "line 2, filds: there is no such key; did you mean fields?"),
    ),
    "an unknown key within": (
        MAPPING.replace("format: iso", "format: iso,\n  zoen: UTC"),
        ("mapping_invalid", "line 3, time.zoen: there is no such key; did you mean zone?"),
    ),
    "a wrong type": (
        MAPPING + "skip: all\n",
        ("mapping_invalid", "line 4, skip: write a list, as in"),
    ),
    "seconds or milliseconds": (
        MAPPING.replace("iso", "epoch"),
        ("mapping_invalid", "line 2, time.format: 'epoch' may be seconds or milliseconds"),
    ),
    "no yaml": ("kind: [view", ("mapping_invalid", "line 1")),
    "repeated key": (
        "kind: view\nkind: cart",
        ("mapping_invalid", ".yaml: line 2: the key 'kind' stands here again, first on line 1"),
    ),
    "a text": ("view", ("mapping_invalid", "write keys and values")),
}


@pytest.mark.parametrize("name", REFUSED_MAPPINGS)
def test_a_mapping_that_cannot_be_meant_is_refused_with_its_line(
    terminal: Terminal, name: str
) -> None:
    text, (code, sentence) = REFUSED_MAPPINGS[name]
    mapping = terminal.write("mapping.yaml", text)

    said = terminal.imported(terminal.write("log.csv", GOOD), "--mapping", mapping)

    assert said.code == 1
    assert f"[{code}]" in said.err
    assert sentence in said.err


TIMES = {
    "no zone": ("2026-01-0%d 10:0%d:00", "iso", "time_zone_missing", "zone: Europe/London"),
    "milliseconds": ("17000000%d%d000", "epoch_s", "time_format_wrong", "format: 'epoch_ms'"),
    "seconds": ("17000000%d%d", "epoch_ms", "time_format_wrong", "format: 'epoch_s'"),
}


@pytest.mark.parametrize("name", TIMES)
def test_times_that_are_written_otherwise_are_refused_with_how(
    terminal: Terminal, name: str
) -> None:
    written, declared, code, sentence = TIMES[name]
    log = terminal.write("log.csv", rows(HEADER, f"u,i,{written}\n"))
    mapping = terminal.write("mapping.yaml", MAPPING.replace("iso", declared))

    said = terminal.imported(log, "--mapping", mapping)

    assert said.code == 1
    assert f"[{code}]" in said.err
    assert sentence in said.err


DOUBTS = {
    "day and month": ("user_id,item_id,date\n", "u%d,i,0%d/02/2026\n", "'%d/%m/%Y'} or '%m/%d/%Y'"),
    "two columns of a name": (
        "user_id,user_id,item_id,timestamp\n", "u%d,v%d,i,2026-01-01T10:00:00Z\n", "keep the right",
    ),
    "no time": ("user_id,item_id\n", "u%d,i%d\n", "time: {constant: 2026-01-01T00:00:00Z}"),
}  # fmt: skip


@pytest.mark.parametrize("name", DOUBTS)
def test_what_cannot_be_told_for_sure_is_asked_for(terminal: Terminal, name: str) -> None:
    header, row, sentence = DOUBTS[name]

    said = terminal.imported(terminal.write("log.csv", rows(header, row)))

    assert said.code == 1
    assert sentence in said.err


BAD_LINES = {
    "latin-1 among utf-8": (GOOD + "ü,i,2026-01-01T10:00:00Z\n", b"\xe9,i,x\n", "not_decodable"),
    "too few columns": (GOOD, b"u,i\n", "too_few_columns"),
    "too many columns": (GOOD, b"u,i,2026-01-01T10:00:00Z,x\n", "too_many_columns"),
    "a NUL": (GOOD, b"u\0,i,2026-01-01T10:00:00Z\n", "holds_nul"),
    "an open quote": (GOOD, b'"u,i,2026-01-01T10:00:00Z\n', "quote_unclosed"),
}


@pytest.mark.parametrize("name", BAD_LINES)
def test_a_bad_line_is_put_aside_with_its_number_and_its_neighbours_are_kept(
    terminal: Terminal, name: str
) -> None:
    before, line, code = BAD_LINES[name]
    log = terminal.write("log.csv", before.encode() + line + ROWS[0].encode())
    good = before.count("\n")

    said = terminal.imported(log, "--json")

    assert said.document["events"] == good
    (reject,) = terminal.rejects("log.csv")
    assert (reject["line"], reject["code"]) == (good + 1, f"line_{code}")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
def test_marks_and_other_encodings_are_seen(terminal: Terminal, encoding: str) -> None:
    log = terminal.write("log.csv", GOOD.replace("u1,", "ü1,").encode(encoding))

    said = terminal.imported(log, "--json")

    assert (said.document["events"], said.document["rejected"]) == (60, 0)


@pytest.mark.parametrize(
    ("otherwise", "events", "rejected"),
    [("skip", 40, 0), ("error", 40, 20), ("custom:x", 60, 0)],
)
def test_a_value_that_the_map_does_not_know_goes_where_the_mapping_says(
    terminal: Terminal, otherwise: str, events: int, rejected: int
) -> None:
    kinds = ("see", "buy", "frobnicate")
    text = "user_id,item_id,timestamp,event\n"
    text += "".join(f"{row},{kinds[at % 3]}\n" for at, row in enumerate(ROWS))
    kind = f"{{column: event, map: {{see: view, buy: purchase}}, otherwise: '{otherwise}'}}"
    mapping = terminal.write("m.yaml", MAPPING.replace("kind: view", f"kind: {kind}"))

    said = terminal.imported(terminal.write("log.csv", text), "--mapping", mapping, "--json")

    assert (said.document["events"], said.document["rejected"]) == (events, rejected)


def test_nested_lines_make_several_events_of_a_row(terminal: Terminal) -> None:
    lines = [
        {"user": {"id": f"u{at}"}, "ts": 1_700_000_000_000 + at, "item": {"sku": "i"}, "liked": at}
        for at in range(10)
    ]
    mapping = """
file: {format: jsonl}
time: {column: $.ts, format: epoch_ms}
fields: {user_id: $.user.id, item_id: $.item.sku}
events:
  - {kind: view}
  - {kind: favorite, when: [{column: $.liked, at_least: 6}]}
"""
    log = terminal.write("log.jsonl", "\n".join(map(json.dumps, lines)))

    said = terminal.imported(log, "--mapping", terminal.write("m.yaml", mapping), "--json")

    assert said.document["events"] == 10 + 4


def test_a_decimal_comma_is_read_where_it_is_declared_and_told_where_not(
    terminal: Terminal,
) -> None:
    text = rows("user_id;item_id;timestamp;price\n", "u%d;i;2026-01-01T10:00:00Z;1.01%d,50\n")
    log = terminal.write("log.csv", text)
    mapping = "file: {delimiter: ';'}\n" + MAPPING
    right = mapping.replace("item_id}", "item_id, value: {column: price, decimal_comma: true}}")
    wrong = mapping.replace("item_id}", "item_id, value: price}")

    read = terminal.imported(log, "--mapping", terminal.write("a.yaml", right), "--json")
    refused = terminal.imported(log, "--mapping", terminal.write("b.yaml", wrong))

    assert read.document["events"] == 60
    assert refused.code == 3
    assert "decimal_comma: true" in terminal.rejects("log.csv")[0]["reason"]


def test_the_retailrocket_log_is_known_by_its_columns(terminal: Terminal) -> None:
    words = ("view", "addtocart", "transaction")
    text = "timestamp,visitorid,event,itemid,transactionid\n" + "".join(
        f"{1_433_221_332_117 + at},{257_597 + at % 9},{words[at % 3]},{355_908 + at % 7},"
        f"{at if at % 3 == 2 else ''}\n"
        for at in range(90)
    )

    found = terminal.run("events", "inspect", terminal.write("events.csv", text), "--json")

    assert found.document["format"] == "retailrocket"
    assert found.document["readiness"]["kinds"] == {"view": 30, "cart": 30, "purchase": 30}


def test_a_finished_import_is_recognised_and_done_again_only_when_asked(
    terminal: Terminal,
) -> None:
    log = terminal.write("log.csv", GOOD + "u,i\n")

    terminal.imported(log)
    (terminal.folder / "log.csv.rejects.jsonl").unlink()
    same = terminal.imported(log)
    again = terminal.imported(log, "--again", "--json")

    assert "nothing to do (--again imports it all the same)" in same.out
    assert (again.document["new_events"], again.document["duplicates"]) == (0, 60)


def test_another_mapping_or_another_row_is_another_import(terminal: Terminal) -> None:
    log = terminal.write("log.csv", GOOD)
    terminal.imported(log)

    mapped = terminal.write("m.yaml", MAPPING.replace("view", "click"))
    other = terminal.imported(log, "--mapping", mapped, "--json")
    log.write_text(GOOD + ROWS[0] + "\n")
    longer = terminal.imported(log, "--json")

    assert other.document["new_events"] == 60
    assert (longer.document["new_events"], longer.document["duplicates"]) == (1, 60)


ENDLESS_LINE = """
import resource, sys
from pathlib import Path
from recommender_api.foreign_logs.inspect import inspect_log
from recommender_api.foreign_logs.readiness import readiness
from datetime import UTC, datetime

path = Path(sys.argv[1])
before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = inspect_log(path)
report = readiness([path], found.mapping, received_at=datetime.now(UTC))
grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb
print(report.events, report.reasons, grown_kb)
assert grown_kb < 250_000
"""


@pytest.mark.parametrize(
    "megabytes", [300, pytest.param(2_000, marks=pytest.mark.slow)], ids=["300 MB", "2 GB"]
)
def test_a_line_without_end_is_one_bad_line_within_bounded_memory(
    terminal: Terminal, megabytes: int
) -> None:
    packer = zstandard.ZstdCompressor().compressobj()
    packed = packer.compress(GOOD.encode() + b"u,")
    packed += b"".join(packer.compress(b"x" * 1_000_000) for _ in range(megabytes))
    packed += packer.compress(b"\n" + ROWS[0].encode() + b"\n") + packer.flush()
    log = terminal.write("log.csv.zst", packed)

    done = subprocess.run(
        [sys.executable, "-c", ENDLESS_LINE, str(log)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("61 {'line_too_long': 1}")
