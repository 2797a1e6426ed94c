"""Error bodies: what they say is shown in one printable line, and what is strange is not shown."""

import pytest

from reconciler.wire.problem import Problem, is_html, read_problem

JSON = "application/json"


@pytest.mark.parametrize(
    ("content_type", "body", "code", "message"),
    [
        (
            JSON,
            b'{"error":{"code":"QUOTA_EXCEEDED","message":"Too many","details":{}},"status":403}',
            "QUOTA_EXCEEDED",
            "Too many",
        ),
        (
            JSON,
            b'{"code":5,"message":"No such import","details":[]}',
            "NOT_FOUND",
            "No such import",
        ),
        (JSON, b'{"code":16,"message":"no"}', "UNAUTHENTICATED", "no"),
        (JSON, b'{"code":99,"message":"odd"}', "", "odd"),
        (JSON, b'{"code":true,"message":"odd"}', "", "odd"),
        (JSON, b'{"error":"plainly wrong"}', "", "plainly wrong"),
        (JSON, b'{"message":7}', "", ""),
        (JSON, b'{"error":{"code":"ABORTED"}}', "ABORTED", ""),
        (JSON, b'"Invalid API key"', "", "Invalid API key"),
        ("text/plain", b"Invalid API key", "", "Invalid API key"),
        ("text/plain", b"  two\r\n lines\t", "", "two lines"),
        ("text/html", b"Gateway on fire", "", ""),
        ("text/plain", b"\n <!DOCTYPE html><p>hello", "", ""),
        ("", b"\xef\xbb\xbf<html>", "", ""),
        (JSON, b'{"error":{"code":"INTERNAL","mess', "", ""),
        (JSON, b'{"message":"\\ud800"}', "", ""),
        (JSON, b"[" * 100_000, "", ""),
        (JSON, b"[1]", "", ""),
        (JSON, b"12", "", ""),
        (JSON, b"", "", ""),
        ("text/plain", "zugriff verweigert: ä".encode("latin-1"), "", "zugriff verweigert: \ufffd"),
    ],
)
def test_the_four_shapes_are_read_and_nothing_else(
    content_type: str, body: bytes, code: str, message: str
) -> None:
    assert read_problem(content_type, body) == Problem(code, message)


@pytest.mark.parametrize(
    "code", ["\\u001b[31mRED", "A B", "lower", "X" * 41, "", "CODE\\n", "::add-mask::"]
)
def test_a_code_is_a_word_of_capitals_or_nothing(code: str) -> None:
    body = f'{{"error":{{"code":"{code}","message":"m"}}}}'.encode()
    assert read_problem(JSON, body) == Problem("", "m")


@pytest.mark.parametrize("body", [b"x" * 257, b'"' + b"x" * 10_000_000 + b'"', b"\xc3\xa4" * 5_000])
def test_long_messages_are_cut(body: bytes) -> None:
    message = read_problem("text/plain", body).message
    assert len(message) == 256
    assert message.endswith("...")
    assert "\ufffd" not in message


def test_a_message_of_the_longest_length_is_whole() -> None:
    assert read_problem("text/plain", b"x" * 256).message == "x" * 256


@pytest.mark.parametrize(
    "hostile", ["\x1b[31m", "\u202e", "\r\n", "\x00", "\u200b", "\u2028", "\x9b"]
)
def test_messages_hold_no_letter_that_moves_a_terminal(hostile: str) -> None:
    shown = read_problem("text/plain", f"before{hostile}after".encode()).message
    assert shown.isprintable()
    assert hostile not in shown
    assert shown.startswith("before ")


def test_a_web_page_is_known_by_its_type_or_its_first_letter() -> None:
    assert is_html("text/html; charset=utf-8", b"")
    assert is_html("Application/XHTML+xml", b"")
    assert is_html(JSON, b"  <html>")
    assert not is_html(JSON, b"{}")
