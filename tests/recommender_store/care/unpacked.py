"""Which files of a store tell of somebody, as they lie or unpacked."""

from pathlib import Path

import duckdb
import zstandard

from recommender_store.artifacts.vocabulary import Vocabulary


def traces(folder: Path, text: str) -> list[str]:
    """Every file whose bytes, as they lie or unpacked, hold the text."""
    found = []
    for path in (path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        if path.suffix == ".zst":
            data += zstandard.ZstdDecompressor().decompress(data)
        if path.suffix == ".parquet":
            data += str(duckdb.sql(f"FROM read_parquet('{path}')").fetchall()).encode()
        if path.name == "users.marisa":
            users = Vocabulary.open(path)
            data += "\n".join(users.ids(range(len(users)))).encode()
        if text.encode() in data:
            found.append(path.relative_to(folder).as_posix())
    return found
