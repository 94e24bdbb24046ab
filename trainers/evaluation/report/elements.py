"""
HTML and SVG as elements, from the standard library: text is escaped because it is text.

Nobody joins markup by hand here, so that nothing a tenant names can become any.
"""

import base64
import hashlib
from xml.etree.ElementTree import Element, tostring

Child = Element | str | None


def tag(name: str, *children: Child, css: str = "", **attributes: object) -> Element:
    """An element; underscores in an attribute's name are dashes, None as a child is nothing."""
    given = {key.strip("_").replace("_", "-"): str(value) for key, value in attributes.items()}
    made = Element(name, given)
    if css:
        made.set("class", css)
    for child in children:
        if isinstance(child, Element):
            made.append(child)
        elif child is not None:
            _append_text(made, child)
    return made


def _append_text(parent: Element, text: str) -> None:
    kept = "".join(character for character in text if character.isprintable() or character == "\n")
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + kept
    else:
        parent.text = (parent.text or "") + kept


def table(headers: list[str], rows: list[list[Child]], *, text_columns: int = 1) -> Element:
    """Words to the left, figures to the right; it scrolls by itself where it is too wide."""

    def cell(kind: str, at: int, content: Child) -> Element:
        return tag(kind, content, css="" if at < text_columns else "figure")

    head = tag("tr", *(cell("th", at, name) for at, name in enumerate(headers)))
    body = (tag("tr", *(cell("td", at, one) for at, one in enumerate(row))) for row in rows)
    return tag("div", tag("table", tag("thead", head), tag("tbody", *body)), css="wide")


def document(title: str, style: str, *body: Child) -> str:
    """
    A whole page, that may load nothing from anywhere.

    The browser is told so: no script, no image, no style but this very one.
    """
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name_="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", style),
    )
    page = tag("html", head, tag("body", tag("main", *body)), lang="en")
    return "<!doctype html>\n" + tostring(page, encoding="unicode", method="html") + "\n"
