"""
Filter text cut into tokens, each with the character at which it begins.

Refuses what can never be part of a filter, and for the mistakes that people make (double or
curly quotes, `==`, `&&`, `;`) says what to write instead.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple, NoReturn, TypeAlias

from .invalid import FaultCode, FilterInvalid, shortened
from .syntax import KEYWORDS, quoted

Kind: TypeAlias = Literal["string", "number", "name", "reference", "keyword", "symbol", "end"]


class Token(NamedTuple):
    """`text` is as written, but for keywords, which are in capitals; the end has none."""

    kind: Kind
    text: str
    position: int


_NAME = r"[^\W\d]\w*|`(?:[^`]|``)*+`"
_TOKEN = re.compile(
    rf"""
      (?P<space>\s+)
    | (?P<string>'(?:[^']|'')*+')
    | (?P<number>-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<reference>\$\w*(?:\.(?:{_NAME})?)?)
    | (?P<name>{_NAME})
    | (?P<symbol><=|>=|!=(?!=)|<>|<|>|=(?![=<>])|[(),])
    """,
    re.VERBOSE,
)

# Quotes that word processors write: single and double, curly, low, reversed, and guillemets.
_CURLY = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u00b4"

# The first that fits names the mistake; {found} is what stands there, {text} a quoted inside.
_MISTAKES = tuple(
    (re.compile(pattern, re.DOTALL), sentence)
    for pattern, sentence in (
        (r"'", "This text never ends: close it with ', and write a ' inside it as ''."),
        (r"`", "This attribute name never ends: close it with `."),
        (r'"(?P<text>[^"]*)"', "Write text in single quotes: {text}."),
        (rf"[{_CURLY}](?P<text>[^{_CURLY}]*)[{_CURLY}]", "Write text in single quotes: {text}."),
        (rf'["{_CURLY}]', "Write text in straight single quotes: 'shoes'."),
        (r"==+", "Write = to compare."),
        (r"=>", "Write >= for at least."),
        (r"=<|≤", "Write <= for at most."),
        (r"≥", "Write >= for at least."),
        (r"≠|!==?|~=", "Write != for different."),
        (r"&&?", "Write AND."),
        (r"\|\|?", "Write OR."),
        (r"!", "Write NOT."),
        (r"--|/\*|\#|//", "A filter has no comments: remove this one."),
        (r";", "A filter is one condition: remove the ;."),
        (r"[-+*/%^]", "A filter cannot calculate: write the result as a number."),
        (r"[\[\]{}]", "Write a list in round parentheses: ('a', 'b')."),
        (r"\.", "An attribute has no parts: write its name alone, $item.name or $context.name."),
        (r"[?@:]", "A filter has no parameters: write the value, or take it from $context."),
    )
)


class Tokens:
    """
    The tokens of a text in order, at last one of kind `end`, and how far they are read.

    Raises:
        FilterInvalid: at the first character that begins no token.
    """

    def __init__(self, text: str) -> None:
        self._tokens = tuple(_tokenize(text))
        self._index = 0

    @property
    def next(self) -> Token:
        return self._tokens[self._index]

    def take(self) -> Token:
        """The next token, which is then read; the end can be taken for ever."""
        token = self.next
        self._index = min(self._index + 1, len(self._tokens) - 1)
        return token

    def took(self, kind: Kind, text: str) -> bool:
        """Take the next token if it is that one."""
        is_it = self.next[:2] == (kind, text)
        if is_it:
            self.take()
        return is_it

    @property
    def found(self) -> str:
        """The next token, as a sentence names it."""
        return "the end" if self.next.kind == "end" else shortened(self.next.text)

    def fail(self, detail: str, code: FaultCode = "filter_syntax") -> NoReturn:
        """Refuse the filter where the next token begins."""
        raise FilterInvalid(code, self.next.position, detail)


def _tokenize(text: str) -> Iterator[Token]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _mistake(text, position)
        if match.lastgroup != "space":
            yield _token(match)
        position = match.end()
    yield Token("end", "", len(text))


def _token(match: re.Match[str]) -> Token:
    text, position = match.group(), match.start()
    match match.lastgroup:
        case "name" if text.upper() in KEYWORDS:
            return Token("keyword", text.upper(), position)
        case "string" | "number" | "reference" | "name" | "symbol" as kind:
            return Token(kind, text, position)
    raise AssertionError(match.lastgroup)


def _mistake(text: str, position: int) -> FilterInvalid:
    for pattern, sentence in _MISTAKES:
        match = pattern.match(text, position)
        if match:
            inside = quoted(shortened(match.groupdict().get("text", "")))
            return FilterInvalid("filter_syntax", position, sentence.replace("{text}", inside))
    return FilterInvalid(
        "filter_syntax",
        position,
        f"The character {text[position]!r} has no meaning here: remove it.",
    )
