"""The document beside the disks, and its commands run."""

import hashlib
import re
import subprocess
from pathlib import Path

DOCUMENT = Path(__file__).parents[5] / "docs" / "media.md"
VERIFY, OPEN = re.findall(
    r"^```bash\n(.*?)^```$", DOCUMENT.read_text("utf-8"), re.MULTILINE | re.DOTALL
)


def run(block: str, folder: Path, **places: Path) -> subprocess.CompletedProcess[str]:
    """One block in the folder of a medium, with what its variables stand for."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin"} | {name: str(place) for name, place in places.items()},
        check=False,
        capture_output=True,
        text=True,
    )


def seal(folder: Path, name: str) -> None:
    """Digests as somebody would write them who altered a file."""
    sums = folder / "SHA256SUMS"
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    sums.write_text(
        re.sub(rf"^[0-9a-f]+  {name}$", f"{digest}  {name}", sums.read_text(), flags=re.MULTILINE)
    )
