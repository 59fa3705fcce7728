"""What of many is tried: chance that can be had again, and samples from end to end."""

import os
import random
import sys
import time
from collections.abc import Sequence
from typing import TypeVar

Step = TypeVar("Step")


def told_chance() -> random.Random:
    """Of ``FAULTS_SEED``, or of a seed that is told on stderr."""
    seed = int(os.environ.get("FAULTS_SEED", str(time.time_ns())))
    sys.stderr.write(f"FAULTS_SEED={seed}\n")
    return random.Random(seed)


def spread(steps: Sequence[Step], count: int) -> list[Step]:
    """So many of them, the first and the last among them, or the one between; all of as few."""
    if len(steps) <= count:
        return list(steps)
    if count == 1:
        return [steps[len(steps) // 2]]
    return [steps[round(number * (len(steps) - 1) / (count - 1))] for number in range(count)]
