"""A clock for tests without an event loop of their own."""


class FakeClock:
    """Sleeping moves the time; the pauses are kept."""

    def __init__(self) -> None:
        self.micros = 0
        self.pauses: list[float] = []

    def now(self) -> int:
        return self.micros

    def steady(self) -> int:
        return self.micros

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.pass_by(seconds)

    def pass_by(self, seconds: float) -> None:
        self.micros += round(seconds * 1_000_000)
