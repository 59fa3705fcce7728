"""The files of a twin, or of a text read again, as the package is to hold them; now in staging."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from archive_service import messages
from archive_service.domain.case_files.document import TWIN, DigitalObject, FileRole
from archive_service.storage.staging import Staging
from digitize.documents.case_file import MadeFile, staged_file
from digitize.documents.made_paths import free_path
from digitize.twins.twin import Twin


def twin_files(
    twin: Twin,
    original: DigitalObject,
    *,
    ordinal: int,
    taken: Collection[str],
    signatures: int,
    staging: Staging,
    more: Mapping[str, Any] | None = None,
) -> list[MadeFile]:
    """PDF, text and ALTO in staging; the first tells how all three came to be.

    Args:
        ordinal: of the document.
        taken: paths that the case file has already.
        more: of how it came to be, over what is told of every twin.
    """
    stem = Path(original.path).stem
    engines = sorted({reading.software for reading in twin.readings.values() if reading.software})
    text = "twins.made_of_signed" if signatures else "twins.made"
    making = {
        "kind": TWIN,
        "of_signed": signatures > 0,
        "software": ", ".join([twin.software, *engines]),
        "detail": messages.text("twins.detail"),
        "note": messages.text(
            text, read=len(twin.readings), pages=twin.pages, sha256=original.sha256
        ),
        "source_sha256": original.sha256,
    } | dict(more or {})
    files = []
    paths = set(taken)
    for made in (twin.pdf, twin.text, twin.alto):
        ending = made.name.partition(".")[2]
        folder = FileRole.ACCESS.value if ending == "pdf" else FileRole.TEXT.value
        path = free_path(paths, f"{ordinal:04d}/{folder}", stem, ending)
        paths.add(path)
        name = messages.text("twins.name", name=Path(original.name).stem, ending=ending)
        role = FileRole.ACCESS if ending == "pdf" else FileRole.TEXT
        files.append(
            staged_file(
                made,
                staging,
                role=role,
                path=path,
                name=name,
                pages=twin.pages if ending == "pdf" else None,
                derived_from=[original.path],
                making=making if ending == "pdf" else {"kind": making["kind"]},
            )
        )
    files[0].making["outcomes"] = [file.path for file in files]
    return files
