"""How long a process may work, asked without waiting for the clock."""

import subprocess
import sys

from archive_service.formats.patience import MOST, STRETCH, Patience

A_TENTH_FOR_EACH_LINE = """
import sys, time
for _ in sys.stdin:
    until = time.process_time() + 0.1
    while time.process_time() < until:
        pass
    print(flush=True)
"""


def test_one_that_always_does_a_little_is_given_up_all_the_same() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", A_TENTH_FOR_EACH_LINE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        patience = Patience(process.pid, 1.0)
        answers = []
        for asked in range(MOST):
            if asked % STRETCH == 1:
                process.stdin.write("\n")
                process.stdin.flush()
                process.stdout.readline()
            answers.append(patience.goes_on())
        process.stdin.close()
    assert answers == [True] * (MOST - 1) + [False]
