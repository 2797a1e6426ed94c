"""How work grows: ratios within one run hold on every machine, seconds do not."""

import time
from collections.abc import Callable


def cpu_seconds(work: Callable[[], object]) -> float:
    """Give the least of three measurements of this process's own time."""
    taken: list[float] = []
    for _ in range(3):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return max(min(taken), 1e-4)


def growth(work: Callable[[int], object], small: int, large: int) -> float:
    """Tell how many times longer the work takes for the large number than for the small one."""
    return cpu_seconds(lambda: work(large)) / cpu_seconds(lambda: work(small))
