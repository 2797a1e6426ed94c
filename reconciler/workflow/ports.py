"""The real ports: this machine's clock, disk, randomness and network."""

import asyncio
import os
import time

from reconciler.api.http import HttpTransport
from reconciler.model.ports import Answer, Call, NotSentError, Ports
from reconciler.model.secret import Secret
from reconciler.model.values import Micros
from reconciler.settings import Settings
from reconciler.statefile.disk import LocalDisk


class SystemClock:
    """The clocks of this machine; the steady one counts suspended time where it can."""

    def now(self) -> Micros:
        """Give UTC microseconds since 1970."""
        return time.time_ns() // 1000

    def steady(self) -> Micros:
        """Give microseconds that only move forward, through suspend too (Linux)."""
        clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
        return time.clock_gettime_ns(clock) // 1000

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class SystemRandom:
    """Randomness from the kernel."""

    def take(self, count: int) -> bytes:
        """Give `count` unpredictable bytes."""
        return os.urandom(count)


class _NoNetwork:
    """The network of a command that is about files alone."""

    async def exchange(self, call: Call) -> Answer:
        """Send nothing."""
        raise NotSentError(f"{call.method} {call.url}: this command sends nothing")

    async def close(self) -> None:
        """There is nothing to close."""


def local_ports() -> Ports:
    """Build the ports of a run that looks at state and sends nothing; it needs no key."""
    return Ports(SystemClock(), LocalDisk(), SystemRandom(), _NoNetwork())


def real_ports(settings: Settings, key: Secret, agent: str) -> Ports:
    """Build the four ports of a run against a real host."""
    transport = HttpTransport(key, agent=agent, proxy=settings.proxy, ca_bundle=settings.ca_bundle)
    return Ports(SystemClock(), LocalDisk(), SystemRandom(), transport)
