"""The list of the parts of a court pack: signed, so that none is left out or exchanged unseen.

Each event of a pack is proved by its path, and no path tells that another event is missing.
"""

from hashlib import file_digest, sha256
from pathlib import Path

from archive_service.evidence.checkpoint import make_note
from archive_service.signing.port import Signer

LIST = "parts.txt"
_OBJECT = "object"  # its files stand in inventories, and these in the events


def write_parts(target: Path, origin: str, code: str, signer: Signer | None) -> str:
    """Its SHA-256; ``sha256sum -c`` reads it. Without a key it is not signed.

    Raises as ``Signer.sign_bytes``.
    """
    lines = [f"# {origin} court pack of {code}"]
    for file in sorted(path for path in target.rglob("*") if path.is_file()):
        name = file.relative_to(target).as_posix()
        if name.partition("/")[0] not in (_OBJECT, LIST):
            with file.open("rb") as content:
                lines.append(f"{file_digest(content, 'sha256').hexdigest()}  {name}")
    note = make_note(origin, "\n".join(lines) + "\n", signer)
    (target / LIST).write_text(note, "utf-8")
    return sha256(note.encode()).hexdigest()
