"""The command line as people meet it: options, colour, secrets, hints."""

import contextlib
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import click
import pytest
from rehearsal.stage import DOCS, KEY, Stage

from reconciler.cli import main

RED = "\x1b[31m"


class Echo(BaseHTTPRequestHandler):
    """Answers everything with what it was sent, as a redirect to what it was sent."""

    def do_GET(self) -> None:
        sent = self.headers.get("Api-Key", "")
        body = f'{{"error": {{"code": "OK", "message": "you sent {sent}"}}}}'.encode()
        self.send_response(int(self.path.split("/")[1]), sent)
        self.send_header("Location", f"https://example.com/?key={sent}")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing on the test's stderr."""


@contextlib.contextmanager
def echoing() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_command_is_of_the_tree_that_the_tests_stand_in(stage: Stage) -> None:
    found = subprocess.run(
        [sys.executable, "-c", "import reconciler; print(reconciler.__file__)"],
        cwd=stage.folder,
        env=stage.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert Path(found.stdout.strip()).parents[1].samefile(Path(__file__).parents[2])


@pytest.mark.parametrize("status", [302, 307, 401, 403, 404])
def test_a_key_that_is_sent_back_is_not_printed(stage: Stage, status: int) -> None:
    stage.write(DOCS)
    with echoing() as url:
        command = ["plan", "conf", "-v", "--api-url", f"{url}/{status}"]
        stage.variables["RECONCILER_STATE"] = "s.json"
        result = stage.run(*command, seconds=110)  # which looks for the key in what is printed
    assert str(status) in result.out + result.err
    assert f"you sent {KEY}" not in result.out + result.err


def test_a_password_in_the_api_url_is_not_printed(stage: Stage) -> None:
    stage.write(DOCS)
    result = stage.run("plan", "conf", "--api-url", "https://me:hunter2@api.example.com")
    assert result.code == 6
    assert "host-refused" in result.err
    assert "hunter2" not in result.err


def read_until(leader: int, said: str | None) -> str:
    """Read what a terminal shows until something is said there, or to its end."""
    shown = b""
    with contextlib.suppress(OSError):  # how a terminal says that its other end is closed
        while said is None or said.encode() not in shown:
            shown += os.read(leader, 65536)
    return shown.decode()


def asking(stage: Stage, *words: str) -> tuple["subprocess.Popen[bytes]", int]:
    """Start a command on a terminal of its own, and give the other end of that."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", *words, "conf"],
        cwd=stage.folder,
        env={**stage.environment(), "TERM": "dumb"},
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    return process, leader


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [
        (b"\x04", 1, "Nothing was changed."),  # Ctrl-D
        (b"y\n", 1, "Nothing was changed."),
        (b"yes\n", 0, "Apply complete!"),
    ],
)
def test_the_question_takes_yes_and_nothing_else(
    stage: Stage, typed: bytes, code: int, said: str
) -> None:
    stage.write(DOCS)
    process, leader = asking(stage, "apply")
    shown = read_until(leader, "Enter a value: ")
    os.write(leader, typed)
    shown += read_until(leader, None)
    os.close(leader)
    assert process.wait(timeout=60) == code, shown
    assert said in shown
    assert "\x1b" not in shown  # TERM=dumb
    assert stage.committed("create_backup") == (code == 0)


@pytest.mark.parametrize(
    ("command", "number", "code"),
    [
        ("apply", signal.SIGINT, 130),
        ("apply", signal.SIGTERM, 143),
        ("destroy --allow-last-backup=backup.docs", signal.SIGINT, 130),
    ],
)
def test_a_signal_at_the_question_ends_the_run_at_once(
    stage: Stage, command: str, number: signal.Signals, code: int
) -> None:
    stage.write(DOCS)
    if command.startswith("destroy"):
        stage.apply()
    sent = len(stage.log())
    process, leader = asking(stage, *command.split())
    shown = read_until(leader, "Enter a value: ")
    process.send_signal(number)
    shown += read_until(leader, None)  # nobody answers
    os.close(leader)
    assert process.wait(timeout=60) == code, shown
    assert "error: interrupted" in shown
    assert "Traceback" not in shown
    assert "stopping" not in shown
    assert not [one for one in stage.log()[sent:] if one["committed"]]


def on_a_terminal(stage: Stage, *arguments: str) -> str:
    """Run a command whose stderr is a terminal, and give what it shows."""
    leader, follower = pty.openpty()
    try:
        subprocess.run(
            [sys.executable, "-m", "reconciler", *arguments],
            cwd=stage.folder,
            env={**stage.environment(), "TERM": "xterm"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=follower,
            timeout=60,
            check=False,
        )
        return os.read(leader, 65536).decode()
    finally:
        os.close(leader)
        os.close(follower)


def test_errors_have_colour_on_a_terminal_unless_no_color_is_set(stage: Stage) -> None:
    assert RED in on_a_terminal(stage, "validate", "nowhere.yaml")
    stage.variables["NO_COLOR"] = "1"
    plain = on_a_terminal(stage, "validate", "nowhere.yaml")
    assert "error: file-missing" in plain
    assert "\x1b" not in plain


@pytest.mark.parametrize(
    "options",
    [
        ("--max-removals", "-4"),
        ("--backup-quota", "-1"),
        ("--allow-missing", "0"),
        ("--max-expiries", "3"),
        ("-w", "production", "--state", "s.json"),
    ],
)
def test_options_that_make_no_sense_are_usage_errors(
    stage: Stage, options: tuple[str, ...]
) -> None:
    stage.write(DOCS)
    assert stage.run("plan", "conf", *options).code == 64
    assert not list(stage.folder.glob("s*"))


@pytest.mark.parametrize(
    "option", ["--take-over", "--new-state", "--allow-missing=1", "--replace=backup.docs"]
)
def test_rehearse_has_no_options_for_what_was_made_before(stage: Stage, option: str) -> None:
    stage.write(DOCS)
    assert stage.run("rehearse", "conf", option).code == 64


def test_rehearse_plans_twice_under_the_same_permissions(stage: Stage) -> None:
    stage.write(DOCS)
    result = stage.rehearse("--backup-quota", "1", "-v")
    assert result.code == 0
    assert "create_backup 201" in result.err


def test_state_list_says_how_to_name_another_state(stage: Stage) -> None:
    result = stage.run("state", "list")
    assert result.code == 1
    assert "--state" in result.err
    assert "-w" in result.err


def test_a_missing_path_has_no_made_up_position(stage: Stage) -> None:
    for path in ("nope.yaml", "."):
        result = stage.run("validate", path)
        assert result.code == 1
        assert " at " not in result.err
        assert path in result.err


def commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


def test_every_option_says_in_a_sentence_what_it_is_for() -> None:
    silent = [
        f"{path} {option.opts[0]}"
        for path, command in commands(main)
        for option in command.params
        if isinstance(option, click.Option) and not (option.help or "").rstrip().endswith(".")
    ]
    assert silent == []
