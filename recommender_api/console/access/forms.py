"""
What a form sent, by name; and the texts of an address.
"""

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

from typing_extensions import override

from recommender_api.errors import BodyMalformed

BODY_LIMIT_BYTES = 2**20
FIELDS_LIMIT = 200
TOKEN = "form_token"  # noqa: S105 - the name of a field


def figure_in(text: str) -> float | str | None:
    """A number as it was typed, None for nothing; what is none is handed on, to be refused."""
    typed = text.strip()
    for kind in (int, float):
        try:
            return kind(typed) if typed else None
        except ValueError:
            continue
    return typed


class Form(Mapping[str, str]):
    """Texts by name, '' for what was not sent; `all` for what can be ticked more than once."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs
        self._texts = dict(pairs)

    @classmethod
    def read(cls, body: bytes) -> "Form":
        """
        Raises:
            BodyMalformed: where it is not what a form of ours sends.
        """
        try:
            pairs = parse_qsl(
                body.decode(), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_LIMIT
            )
        except ValueError as error:
            raise BodyMalformed("send the form as the page has it") from error
        # A browser ends lines of a text with two characters.
        return cls([(name, text.replace("\r\n", "\n")) for name, text in pairs])

    @override
    def __getitem__(self, name: str) -> str:
        return self._texts.get(name, "")

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    @override
    def __len__(self) -> int:
        return len(self._texts)

    def all(self, name: str) -> list[str]:
        return [text for one, text in self._pairs if one == name]

    def said(self, name: str) -> str | None:
        """The text without what stands around it; None for nothing."""
        return self[name].strip() or None
