"""Asks veraPDF, where an installation has it, whether claims of PDF/A are true."""

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from archive_service.formats.sandbox.program import run_confined

AT_ONCE = 200  # files of one start of Java
_SAID = re.compile(r"^(PASS|FAIL) (.+?)(?: (\d[abefu]?))?$")
_PER_FILE_S = 30
_START_S = 60


def validated(command: Sequence[str], files: Sequence[Path]) -> Mapping[Path, bool]:
    """Whether each file is what it claims to be; files of which nothing was said are left out.

    Args:
        command: how veraPDF is started, such as ``["verapdf"]``.
    """
    found: dict[Path, bool] = {}
    for start in range(0, len(files), AT_ONCE):
        some = files[start : start + AT_ONCE]
        found |= _of_one_start(command, {str(file.resolve()): file for file in some})
    return found


def _of_one_start(command: Sequence[str], files: Mapping[str, Path]) -> dict[Path, bool]:
    with tempfile.TemporaryDirectory(prefix="verapdf-") as scratch:  # it leaves a log at each start
        try:
            done = run_confined(
                [*command, "--format", "text", "--nonpdfext", *files],
                folder=Path(scratch),
                limit_s=_START_S + _PER_FILE_S * len(files),
                environment={**os.environ, "JAVA_TOOL_OPTIONS": f"-Djava.io.tmpdir={scratch}"},
            )
        except (OSError, subprocess.TimeoutExpired):  # the claims stay unproved, and that is told
            return {}
    found: dict[Path, bool] = {}
    for line in done.stdout.splitlines():
        line_read = _SAID.match(line)
        if line_read is not None and line_read[2] in files:
            found[files[line_read[2]]] = line_read[1] == "PASS"
    return found
