"""Reads Markdown as the sites do that show it, and says what of it is more than plain words."""

from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_LITERAL = {"fence", "code_inline", "code_block"}


def nodes(text: str) -> Iterator[Token]:
    """Give all nodes, those inside lines too."""
    for token in _PARSER.parse(text):
        yield token
        yield from token.children or ()


def literal(text: str) -> str:
    """Give what stands in code, where nothing is active."""
    return "\n".join(node.content for node in nodes(text) if node.type in _LITERAL)


def active(text: str) -> list[tuple[str, str]]:
    """Give what is not in code: its type, and what stands in it, but for lines of other nodes."""
    return [
        (node.type, node.content)
        for node in nodes(text)
        if node.type not in _LITERAL and node.type != "inline"
    ]
