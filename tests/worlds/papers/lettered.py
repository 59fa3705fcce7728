"""PDFs that were written: their pages hold these words and nothing else."""

from pathlib import Path

import typst


def written(target: Path, *pages: str) -> Path:
    """One page for each text; lines are broken as they are given."""
    bodies = [" \\\n".join(page.splitlines()) for page in pages]
    source = "#set page(width: 595pt, height: 842pt)\n" + "\n#pagebreak()\n".join(bodies)
    target.write_bytes(typst.compile(source.encode()))
    return target
