"""What flags add up to."""

import click
import pytest

from reconciler.cli.chosen import Common
from reconciler.settings import Environment, Settings


def settings(*timeouts: str) -> Settings:
    return Common({"timeouts": timeouts}).settings(Environment())


def test_timeout_without_a_kind_is_that_of_all_others() -> None:
    found = settings("backup=1h", "30m", "import=2d", "backup=90m")
    assert found.timeout_seconds == 1800
    assert found.timeouts == {"backup": 5400, "import": 172_800}


def test_timeout_is_six_hours_unless_said() -> None:
    assert settings("backup=1h").timeout_seconds == 6 * 3600
    assert settings().timeouts == {}


@pytest.mark.parametrize("written", ["backups=1h", "=1h", "backup.docs=1h"])
def test_timeout_of_no_kind_is_a_usage_error(written: str) -> None:
    with pytest.raises(click.UsageError, match="of backup, collection, import, restore"):
        settings(written)
