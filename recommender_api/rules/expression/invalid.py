"""How a filter is refused: which kind of mistake, where in the text, what to write instead."""

from typing import Literal, TypeAlias

FaultCode: TypeAlias = Literal[
    "filter_empty",
    "filter_too_long",
    "filter_too_complex",
    "filter_syntax",
    "filter_unsupported",
    "filter_unknown_attribute",
    "filter_unknown_reference",
    "filter_wrong_type",
]

_QUOTE_LIMIT = 60


class FilterInvalid(Exception):  # noqa: N818 (what happened is the name)
    """`position` counts characters from 0; `detail` is a sentence for whoever wrote the filter."""

    def __init__(self, code: FaultCode, position: int, detail: str) -> None:
        super().__init__(f"{detail} (at character {position})")
        self.code: FaultCode = code
        self.position = position
        self.detail = detail


def shortened(text: str) -> str:
    """A piece of the filter, short enough to be quoted in a sentence."""
    return text if len(text) <= _QUOTE_LIMIT else f"{text[: _QUOTE_LIMIT - 1]}…"
