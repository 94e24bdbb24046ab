"""
Parquet as a table: columns keep their types, fields of structs are named ``$.a.b``.
"""

# ruff: noqa: S608 (names are our own; what comes from outside goes through literal())

from collections.abc import Sequence
from pathlib import Path

import duckdb

from recommender_api.foreign_logs.declarations.log_file import LogFile
from recommender_api.foreign_logs.errors import LogEmpty, LogUnreadable

from .line_faults import LineFaults
from .line_numbers import LineNumbers
from .table import first_column, path_literal, quoted, without_nulls


class ParquetTable:
    """A row's number, from 1, stands for its line."""

    is_json = False

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path, file: LogFile) -> None:
        """
        Read the file's footer.

        Raises:
            LogEmpty: there is no row.
            LogUnreadable: it is no whole Parquet file.
        """
        self.path = path
        self.numbers = LineNumbers()
        self.faults: tuple[LineFaults, ...] = ()
        self._connection = connection
        self._null_values = file.null_values
        self._rows = f"read_parquet({path_literal(path)}, file_row_number=true)"
        try:
            described = connection.execute(f"DESCRIBE SELECT * FROM {self._rows}").fetchall()
            ((rows,),) = connection.execute(f"SELECT count(*) FROM {self._rows}").fetchall()
        except duckdb.Error as error:
            raise LogUnreadable(path, "is no whole Parquet file; write it again") from error
        self.records = int(rows)
        if rows == 0:
            raise LogEmpty(path, has_header=True)
        self._types = {name: kind for name, kind, *_ in described if name != "file_row_number"}
        self.columns = tuple(self._types)

    def relation(self, names: Sequence[str]) -> str:
        values = "".join(
            f", {without_nulls(self._reference(name), self._null_values)} AS v{at}"
            if self.has(name)
            else f", NULL AS v{at}"
            for at, name in enumerate(names)
        )
        return f"SELECT file_row_number AS row{values} FROM {self._rows}"

    def type_of(self, name: str) -> str:
        if name in self._types:
            return str(self._types[name])
        if not self.has(name):
            return "VARCHAR"
        query = f"SELECT typeof({self._reference(name)}) FROM {self._rows} LIMIT 1"
        return str(first_column(self._connection, query)[0])

    def json_type(self, name: str) -> str | None:  # noqa: ARG002 it is no JSON
        return None

    def has(self, name: str) -> bool:
        if name in self._types:
            return True
        if not name.startswith("$."):
            return False
        try:
            self._connection.execute(f"DESCRIBE SELECT {self._reference(name)} FROM {self._rows}")
        except duckdb.BinderException:
            return False
        return True

    def _reference(self, name: str) -> str:
        if name in self._types or not name.startswith("$."):
            return quoted(name)
        return ".".join(quoted(part.strip('"')) for part in name[2:].split("."))
