"""How a document was handled (phiếu xử lý, ý kiến chỉ đạo, dự thảo): its process file."""

from collections.abc import Iterable

from archive_service.domain.intake.submission import DeclaredDocument

PROCESS = "process"  # standing of such a file; also ``file/@USE`` of METS


def with_process_files(document: DeclaredDocument, paths: Iterable[str]) -> DeclaredDocument:
    """The document with these of its files told to be its history, behind its own files.

    Its field ``process`` then says that there is one (TT 05/2025, Phụ lục III).

    Args:
        document: its ``files`` hold those of ``paths``.
        paths: whatever their case; none changes nothing.
    """
    meant = {path.casefold() for path in paths}
    files = [
        file.model_copy(update={"standing": PROCESS}) if file.path.casefold() in meant else file
        for file in document.files
    ]
    files.sort(key=lambda file: file.standing == PROCESS)  # keeps the order otherwise
    fields = dict(document.fields)
    if any(file.standing == PROCESS for file in files):
        fields["process"] = "1"
    return document.model_copy(update={"files": files, "fields": fields})
