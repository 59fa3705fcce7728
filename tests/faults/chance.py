"""Chance that can be had again."""

import os
import random
import sys
import time


def told_chance() -> random.Random:
    """Of ``FAULTS_SEED``, or of a seed that is told on stderr."""
    seed = int(os.environ.get("FAULTS_SEED", str(time.time_ns())))
    sys.stderr.write(f"FAULTS_SEED={seed}\n")
    return random.Random(seed)
