"""A bug is told so that it can be reported, and tells no secrets."""

import pytest

from reconciler import __version__
from reconciler.cli.bug import tell

KEY = "pcsk_CANARY_77"


def broken(message: str) -> Exception:
    local_value = "LOCAL" + "VALUE"
    try:
        raise KeyError(message) if local_value else ValueError
    except KeyError as error:
        return error


def test_a_bug_has_type_message_place_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell(broken("no\x1b[31m such"), ["apply"]) == 70
    said = capsys.readouterr()
    assert said.out == ""
    first, second = said.err.splitlines()
    assert first.startswith("error: bug: KeyError: ")
    assert "\x1b" not in first
    assert "(test_bug.py:" in first
    assert first.endswith(f"reconciler {__version__}")
    assert "please report it" in second
    assert "-v" in second


def test_a_long_message_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    tell(broken("x" * 5000), [])
    assert len(capsys.readouterr().err) < 500


@pytest.mark.parametrize("flag", ["-v", "--verbose"])
def test_the_traceback_comes_with_v_and_without_values(
    flag: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PINECONE_API_KEY", KEY)
    tell(broken(f"sent {KEY}"), ["plan", flag])
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert "in broken" in said
    assert "LOCALVALUE" not in said
    assert KEY not in said
