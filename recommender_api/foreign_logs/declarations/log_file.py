"""
How a file is written: format, delimiter, encoding, header.

Compression is not declared: the first bytes tell it.
"""

import codecs
from typing import Literal, Self

from pydantic import field_validator, model_validator

from .declared import ColumnName, Declared, Word

DELIMITER_BYTES_LIMIT = 4
"""What the CSV reader takes; ``::`` is in use."""


class LogFile(Declared):
    """The ``file:`` part of a mapping."""

    format: Literal["csv", "tsv", "jsonl", "parquet"] = "csv"
    delimiter: str | None = None
    """Default: a comma, or a tab for tsv."""
    quote: str = '"'
    """Empty: a quote is a character like others."""
    encoding: str = "utf-8"
    header: bool = True
    columns: tuple[ColumnName, ...] | None = None
    """Names where there is no header; else they are column_1, column_2, …"""
    null_values: tuple[Word, ...] = ()
    """Texts that mean there is no value, such as NULL; an empty cell always does."""

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        try:
            codecs.lookup(encoding)
        except LookupError:
            raise ValueError(
                f"{encoding!r} is no encoding; write utf-8, latin-1, cp1252, utf-16 or another "
                "that Python knows"
            ) from None
        return encoding

    @field_validator("delimiter")
    @classmethod
    def _short_delimiter(cls, delimiter: str | None) -> str | None:
        if delimiter is None or 1 <= len(delimiter.encode()) <= DELIMITER_BYTES_LIMIT:
            return delimiter
        raise ValueError("a delimiter has 1 to 4 bytes; write it in quotes, such as ';' or '::'")

    @field_validator("quote")
    @classmethod
    def _one_quote(cls, quote: str) -> str:
        if len(quote.encode()) <= 1:
            return quote
        raise ValueError("a quote is one ASCII character, or '' for none")

    @model_validator(mode="after")
    def _columns_without_header(self) -> Self:
        if self.columns is not None and self.header:
            raise ValueError("columns names what has no header; write header: false beside it")
        return self

    def separator(self) -> str:
        return self.delimiter or ("\t" if self.format == "tsv" else ",")
