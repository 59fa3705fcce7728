"""The order of the seams: every document of a case file that has pages and no PDF."""

import datetime as dt
import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import DigitalObject, Document, FileRole
from archive_service.domain.intake.finding import Finding
from archive_service.errors import InputError
from archive_service.packaging.copy_facts import Keepers, copy_facts
from archive_service.storage.content import HeldContent
from archive_service.storage.staging import Staging
from archive_service.storage.work_folder import work_place
from digitize.documents.assemble import Look, PageImage, Progress, digitize_document
from digitize.documents.looked_through import LookedThrough
from digitize.documents.made_paths import free_path
from digitize.ocr.engine import OcrEngine
from digitize.ocr.words import PageReading

# What digitization makes, by file ending: role, folder, media type, PUID, name of the format.
FORMS = {
    "pdf": (FileRole.PRESERVATION, "preservation", "application/pdf", "fmt/477", "PDF/A-2b"),
    "txt": (FileRole.TEXT, "text", "text/plain", "x-fmt/111", "Plain Text File"),
    "alto.xml": (FileRole.TEXT, "text", "application/xml", "fmt/101", "ALTO XML"),
}

Checkpoint = dict[str, Any]


@dataclass(frozen=True, slots=True)
class MadeFile:
    """One file that digitization made; its bytes lie in staging under ``sha256``."""

    role: str
    path: str
    name: str
    media_type: str
    puid: str
    format_name: str
    sha256: str
    size_bytes: int
    pages: int | None
    derived_from: list[str]
    making: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the documents, by their id: files, or why a person must look.

    ``doubts`` are what looks like an error of people among the pages that were read this time.
    """

    made: dict[str, list[MadeFile]]
    refused: dict[str, InputError]
    doubts: dict[str, list[Finding]] = field(default_factory=dict)


def nothing_kept(_image: DigitalObject) -> PageReading | None:
    """No page was read before."""
    return None


@dataclass(frozen=True, slots=True)
class Desk:
    """What digitizing needs: where pages come from, what reads them, where results go.

    ``kept`` gives what was read from a page before; it is not read again then.
    """

    content: HeldContent
    staging: Staging
    engine: OcrEngine
    folder: Path
    made_at: dt.datetime
    keepers: Keepers
    kept: Callable[[DigitalObject], PageReading | None] = nothing_kept


def digitize_case_file(
    case_file: CaseFile,
    *,
    desk: Desk,
    done: Checkpoint,
    save: Callable[[Checkpoint], None],
    progress: Callable[[float], None],
) -> Outcome:
    """PDF/A, text and ALTO of each document that awaits them; one that is refused stops no other.

    ``done`` is what an earlier, broken-off run saved: its documents are not read again while
    their bytes still lie in staging. ``save`` is called after each document.
    """
    waiting = [document for document in case_file.documents if document.awaits_pdf()]
    total = sum(len(document.page_images()) for document in waiting)
    made: dict[str, list[MadeFile]] = {}
    refused: dict[str, InputError] = {}
    looked = LookedThrough(case_file)
    pages_done = 0
    for document in waiting:
        key = str(document.id)
        kept = [MadeFile(**file) for file in done.get(key, [])]
        if kept and all(desk.staging.has(file.sha256) for file in kept):
            made[key] = kept
        else:
            report = functools.partial(_report, progress, pages_done, total)
            try:
                made[key] = _digitize(case_file, document, desk, report, looked)
            except InputError as error:  # of these pages, not of the machine: no retry helps
                refused[key] = error
            else:
                save({name: [asdict(file) for file in files] for name, files in made.items()})
        pages_done += len(document.page_images())
    return Outcome(made, refused, looked.doubts())


def rows_of(
    made: Mapping[str, Sequence[MadeFile]], document: Document, *, version: int, at: dt.datetime
) -> list[DigitalObject]:
    """The rows of what was made for one document."""
    files = made.get(str(document.id), ())
    first = len(document.files) + 1
    return [
        DigitalObject(
            case_file_id=document.case_file_id,
            ordinal=number,
            role=FileRole(file.role),
            page_image=False,
            standing="main",
            path=file.path,
            name=file.name,
            media_type=file.media_type,
            puid=file.puid,
            format_name=file.format_name,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            pages=file.pages,
            version_added=version,
            derived_from=file.derived_from,
            making=file.making,
            created_at=at,
        )
        for number, file in enumerate(files, start=first)
    ]


def files_of_images(
    case_file: CaseFile,
    document: Document,
    desk: Desk,
    folder: Path,
    *,
    kept: Callable[[DigitalObject], PageReading | None],
    taken: Collection[str] = (),
    progress: Progress | None = None,
    look: Look | None = None,
) -> list[MadeFile]:
    """PDF, text and ALTO of the document's page images, in staging.

    Args:
        folder: to work in.
        kept: what was read from a page before; it is not read again.
        taken: paths that the case file has already.

    Raises:
        InputError: they cannot be made; or ``look`` refused a page.
    """
    images = document.page_images()
    made = digitize_document(
        [_page(image, fetched(image, desk, folder), kept(image)) for image in images],
        target=folder / "document.pdf",
        engine=desk.engine,
        title=document.subject,
        made_at=desk.made_at,
        about=copy_facts(case_file, document, desk.keepers),
        progress=progress,
        look=look,
    )
    stem = f"{document.ordinal:04d}"
    files = []
    for file in (made.pdf, made.text, made.alto):
        ending = file.name.partition(".")[2]
        role, place, *_ = FORMS[ending]
        files.append(
            staged_file(
                file,
                desk.staging,
                role=role,
                path=free_path(taken, f"{stem}/{place}", stem, ending),
                # TT 05/2025 Điều 8: the file is named record code + "." + ordinal.
                name=f"{case_file.code}.{document.ordinal}.{ending}",
                pages=len(images) if role is FileRole.PRESERVATION else None,
                derived_from=[image.path for image in images],
            )
        )
    return files


def _page(image: DigitalObject, path: Path, reading: PageReading | None) -> PageImage:
    turn, dpi = image.turn_deg, image.dpi
    return PageImage(path, image.name, turn_deg=turn, dpi=dpi, reading=reading, stored=image.path)


def staged_file(
    made: Path,
    staging: Staging,
    *,
    role: FileRole,
    path: str,
    name: str,
    pages: int | None,
    derived_from: list[str],
    making: Mapping[str, Any] | None = None,
) -> MadeFile:
    """One file that was made, its bytes in staging."""
    with made.open("rb") as source:
        staged = staging.receive(source)
    _, _, media_type, puid, format_name = FORMS[made.name.partition(".")[2]]
    return MadeFile(
        role=role.value,
        path=path,
        name=name,
        media_type=media_type,
        puid=puid,
        format_name=format_name,
        sha256=staged.sha256,
        size_bytes=staged.size_bytes,
        pages=pages,
        derived_from=derived_from,
        making=dict(making or {}),
    )


def _report(
    progress: Callable[[float], None], before: int, total: int, number: int, _of: int
) -> None:
    progress((before + number) / total)


def _digitize(
    case_file: CaseFile,
    document: Document,
    desk: Desk,
    progress: Callable[[int, int], None],
    looked: LookedThrough,
) -> list[MadeFile]:
    with work_place(desk.folder, "digitize-") as folder:
        look = looked.pages_of(document).look
        return files_of_images(
            case_file, document, desk, folder, kept=desk.kept, progress=progress, look=look
        )


def fetched(file: DigitalObject, desk: Desk, folder: Path) -> Path:
    """It as it is kept, verified; a copy that does not give it whole is passed over."""
    target = folder / f"{file.ordinal:05d}-{Path(file.path).name}"
    desk.content.fetch(file.sha256, file.size_bytes, target)
    return target
