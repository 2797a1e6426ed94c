"""The environment as we read it, durations as people write them, and a key that never shows."""

import copy
import json
import pickle
from dataclasses import asdict, dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import ExitCode, PermissionDeniedError, ReconcilerError
from reconciler.model.secret import Secret
from reconciler.settings import Environment, Settings, parse_duration

KEY = "pcsk_CANARY_77aa01"


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("0", 0),
        ("0s", 0),
        ("90", 90),
        ("90s", 90),
        ("1.5", 1.5),
        ("2.3s", 2.3),
        ("0.000249", 0.000249),
        ("0.1m", 6),
        ("15m", 900),
        ("24h", 86_400),
        ("7d", 604_800),
        ("4w", 2_419_200),
        ("007s", 7),
        ("999999999", 999_999_999),
    ],
)
def test_durations_are_read_exactly(written: str, seconds: float) -> None:
    assert parse_duration(written) == round(seconds * 1_000_000)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "s",
        "m5",
        "-1",
        "-5m",
        "+5m",
        "1e3",
        "1_000",
        "nan",
        "inf",
        "infs",
        "5 m",
        " 5m",
        "5m\n",
        "5M",
        "5min",
        "1h30m",
        ".5s",
        "5.s",
        "0x5",
        "\u0665m",
        "5,5s",
        "1000000000",
        "1654w",
        "9" * 400,
    ],
)
def test_what_is_no_duration_is_said_so(written: str) -> None:
    with pytest.raises(ReconcilerError) as caught:
        parse_duration(written)
    assert caught.value.exit_code == 64
    said = caught.value.diagnostics[0]
    assert said.reference == "duration-malformed"
    assert said.summary.isprintable()
    assert "15m" in said.hint


@given(st.text(max_size=20))
def test_any_text_is_a_duration_or_said_not_to_be(written: str) -> None:
    try:
        assert 0 <= parse_duration(written) <= 10**15
    except ReconcilerError as error:
        reference = error.diagnostics[0].reference
    else:
        reference = "duration-malformed"
    assert reference == "duration-malformed"


@pytest.mark.parametrize("key", [KEY, "k", "a" * 1000, "0e3f-4b", "pcsk_ab/cd+ef==", "#$%&()[]{}~"])
def test_a_key_is_taken_as_it_is(key: str) -> None:
    assert Environment({"PINECONE_API_KEY": key}).api_key().reveal() == key


@pytest.mark.parametrize("variables", [{}, {"PINECONE_API_KEY": ""}, {"PINECONE_KEY": KEY}])
def test_a_key_that_is_missing_is_said_so(variables: dict[str, str]) -> None:
    with pytest.raises(PermissionDeniedError) as caught:
        Environment(variables).api_key()
    assert caught.value.diagnostics[0].reference == "api-key-missing"
    assert caught.value.exit_code is ExitCode.PERMISSION


@pytest.mark.parametrize(
    "key",
    [
        " ",
        f"{KEY}\n",
        f"{KEY}\r\n",
        f" {KEY}",
        f"{KEY} {KEY}",
        f"'{KEY}'",
        f'"{KEY}"',
        f"\ufeff{KEY}",
        f"{KEY}\u00e4",
        f"{KEY}\x00",
        f"{KEY}\x7f",
        f"{KEY}\t",
        f"{KEY}\r\nHost: evil.com",
        KEY * 60_000,
    ],
)
def test_a_key_that_is_damaged_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(PermissionDeniedError) as caught:
        Environment({"PINECONE_API_KEY": key}).api_key()
    assert caught.value.diagnostics[0].reference == "api-key-unusable"
    assert "CANARY" not in repr(caught.value) + repr(caught.value.diagnostics)


@dataclass(frozen=True)
class Holding:
    """Something that has a secret among its fields."""

    secret: Secret


def test_a_secret_shows_itself_nowhere() -> None:
    secret = Secret(KEY)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!s:>40}", repr(Holding(secret))]
    shown += [repr([secret]), repr({"key": secret}), "%s %r" % (secret, secret)]  # noqa: UP031
    assert KEY not in "".join(shown)
    assert secret.reveal() == KEY


@pytest.mark.parametrize(
    "copied", [pickle.dumps, json.dumps, copy.copy, copy.deepcopy, vars], ids=lambda it: it.__name__
)
def test_a_secret_cannot_be_copied_out_by_accident(copied: object) -> None:
    assert callable(copied)
    with pytest.raises(TypeError) as caught:
        copied(Secret(KEY))
    assert KEY not in str(caught.value)
    with pytest.raises(TypeError):
        asdict(Holding(Secret(KEY)))


def test_an_environment_shows_no_variable() -> None:
    assert KEY not in repr(Environment({"PINECONE_API_KEY": KEY}))


def test_settings_do_not_show_the_password_of_a_proxy() -> None:
    assert "hunter2" not in repr(Settings(proxy="http://ann:hunter2@proxy:3128"))


def test_variables_are_read_and_empty_ones_are_absent() -> None:
    full = Environment(
        {
            "PINECONE_CONTROLLER_HOST": "https://api.pinecone.io",
            "PINECONE_API_VERSION": "2025-10",
            "RECONCILER_STATE": "state/a.json",
            "RECONCILER_SETTLE_WINDOW": "5m",
            "NO_COLOR": "1",
            "USER": "ann",
        }
    )
    assert (full.api_url(), full.api_version()) == ("https://api.pinecone.io", "2025-10")
    assert (full.state(), full.settle_window()) == ("state/a.json", "5m")
    assert (full.no_color(), full.user()) == (True, "ann")
    empty = Environment(dict.fromkeys(full.variables, ""))
    assert (empty.api_url(), empty.api_version()) == (None, None)
    assert (empty.state(), empty.settle_window()) == (None, None)
    assert (empty.no_color(), empty.user()) == (False, "unknown")
    assert Environment({"LOGNAME": "ben"}).user() == "ben"
    assert Environment({"TERM": "dumb"}).no_color()
    assert not Environment({"TERM": "xterm"}).no_color()


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        (
            {
                "GITHUB_SERVER_URL": "https://github.com",
                "GITHUB_REPOSITORY": "a/b",
                "GITHUB_RUN_ID": "7",
            },
            "https://github.com/a/b/actions/runs/7",
        ),
        ({"GITHUB_RUN_ID": "7", "CI_JOB_URL": "https://gitlab/j/9"}, "https://gitlab/j/9"),
        ({}, ""),
    ],
)
def test_the_job_that_runs_us_can_be_found(variables: dict[str, str], url: str) -> None:
    assert Environment(variables).job_url() == url


def test_the_environment_of_the_process_is_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_STATE", "before.json")
    here = Environment.here()
    monkeypatch.setenv("RECONCILER_STATE", "after.json")
    assert here.state() == "before.json"
