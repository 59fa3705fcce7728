"""What each file is by its bytes, against its name and the accepted list."""

from collections.abc import Collection, Iterator

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.formats.accepted import accepted_formats
from archive_service.formats.identify import Identification
from archive_service.formats.malware import MalwareState
from archive_service.formats.pdf.facts import PdfCondition
from archive_service.formats.unopened import Unopened
from archive_service.signing.pdf.report import signed_files
from ingest.checks.port import CheckContext, ReceivedFile

_UNOPENED = {
    Unopened.DAMAGED: ("file-damaged", Severity.ERROR),
    Unopened.ENCRYPTED: ("file-encrypted", Severity.ERROR),
    Unopened.IMAGE: ("image-unreadable", Severity.WARNING),
    Unopened.COMPRESSION: ("image-compression", Severity.WARNING),
    Unopened.RARE: ("image-compression-rare", Severity.WARNING),
    Unopened.LIMITS: ("file-not-looked-through", Severity.WARNING),
}
_ENVELOPES = ("fmt/670", "fmt/1341", "fmt/1564")  # CMS and ASiC around a document
_APART = "p7s"  # a CMS beside a document
_ENDINGS = (_APART, "p7m", "p7", "sig", "cms", "asice", "asics", "sce", "scs")
_MOST_TOLD = 5  # sheets or addresses of one file


def check(context: CheckContext) -> Iterator[Finding]:
    """Empty files, unknown formats, names that say otherwise, formats that are not accepted.

    What is of a good format and does not open is told too; pages have a check of their own.
    """
    pages = {
        declared_file.path
        for _, declared_file, _ in context.declared_files()
        if declared_file.page_image
    }
    named = dict(_named(context))
    for file in context.files.values():
        if file.facts.malware.state is not MalwareState.INFECTED:  # then it was not opened
            if names := _proved_by(file, *named.get(file.path, (file.path, ()))):
                facts = {"names": "; ".join(names)}
                yield Finding("formats", "format-signature-kept", Severity.INFO, file.path, facts)
                continue
            yield from _of_file(file)
            yield from _of_unseen(file)
            if file.path not in pages:
                yield from _of_inside(file)


def _named(context: CheckContext) -> Iterator[tuple[str, tuple[str, Collection[str]]]]:
    """By path the name that its first sender gave a file, and those of all of its document."""
    for document in context.declared.documents:
        names = {file.first_name for file in document.files}
        yield from ((file.path, (file.first_name, names)) for file in document.files)


def _proved_by(file: ReceivedFile, name: str, together: Collection[str]) -> list[str]:
    """The files of its own document that an envelope signs, where it holds nothing beside them.

    Args:
        name: as its first sender named it, as are those ``together`` with it.
    """
    found, own = file.facts.format, file.facts.own_signatures
    if found is None or not (found.puid in _ENVELOPES or found.extension in _ENDINGS):
        return []
    over = [signed_files(name, report.over) - {name} for report in own]
    if not over or not all(over) or not set().union(*over).issubset(together):
        return []
    return sorted({name for report in own for name in report.over})


def _of_file(file: ReceivedFile) -> Iterator[Finding]:
    found = file.facts.format
    if found is not None and found.puid is None and _is_broken_pdf(file):
        return  # the check of PDFs says what is wrong with it
    if not file.size_bytes:
        yield _finding("file-empty", file)
    elif found is None:
        yield _finding("format-not-read", file)
    elif found.puid is None and (pdf := file.facts.pdf) is not None:  # it opens
        yield _finding("pdf-not-recognised", file, version=pdf.version)
    elif found.puid is None and file.facts.unopened is Unopened.DAMAGED:
        return  # it is of that format, and broken: that alone is told
    elif not found.by_content and _name_promises(found):
        yield _finding("format-content-unknown", file, extension=found.extension)
    elif found.puid is None and not found.by_content:
        yield _finding("format-unknown", file, extension=found.extension)
    else:
        yield from _of_known(file, found)


def _of_inside(file: ReceivedFile) -> Iterator[Finding]:
    unopened = file.facts.unopened
    pdf = file.facts.pdf
    if unopened is Unopened.NO or (pdf is not None and not pdf.condition.opens):
        return  # a PDF that did not open is told by its own check
    code, severity = _UNOPENED[unopened]
    yield Finding("formats", code, severity, file.path)


def _of_unseen(file: ReceivedFile) -> Iterator[Finding]:
    if (seen := file.facts.unseen) is None:
        return
    if seen.macros:
        yield Finding("formats", "office-macros", Severity.WARNING, file.path)
    unkept = "office-formula-may-mark" if seen.unkept_mark else "office-formula-unkept"
    for code, severity, names in (
        (unkept, Severity.WARNING, seen.unkept),
        ("office-loads", Severity.WARNING, seen.loads),
        ("office-chunks", Severity.WARNING, seen.chunks),
        ("office-sheet-very-hidden", Severity.WARNING, seen.very_hidden),
        ("office-sheet-hidden", Severity.INFO, seen.hidden),
    ):
        if names:
            more = ["…"] * (len(names) > _MOST_TOLD)
            facts = {"names": "; ".join([*(name[:100] for name in names[:_MOST_TOLD]), *more])}
            if code == "office-formula-may-mark":
                facts["mark"] = seen.unkept_mark
            yield Finding("formats", code, severity, file.path, facts)


def _of_known(file: ReceivedFile, found: Identification) -> Iterator[Finding]:
    if file.facts.unopened is Unopened.ENCRYPTED:
        return  # its format is that of a locked file, whatever the name says
    accepted = accepted_formats().find(found)
    facts = {"found": f"{found.name} {found.version}".strip()}
    by_list = accepted is not None and found.extension in accepted.extensions
    if not found.extension:
        yield _finding("format-no-ending", file, **facts)
    elif not found.extension_matches and not by_list:
        ending = accepted.extensions[0] if accepted is not None else ""
        code = "format-other-ending" if ending else "format-not-as-named"
        yield _finding(code, file, **facts, extension=found.extension, ending=ending)
    if accepted is None:
        facts["puid"] = found.puid or found.media_type
        better = accepted_formats().instead_of(found)
        if better is None:
            yield _finding(_not_accepted(found), file, **facts)
        else:
            ending = better.extensions[0]
            yield _finding("format-to-save-anew", file, **facts, ending=ending, name=better.name)


def _not_accepted(found: Identification) -> str:
    if found.puid not in _ENVELOPES:
        return "format-not-accepted"
    return "format-signature-apart" if found.extension == _APART else "format-wraps"


def _is_broken_pdf(file: ReceivedFile) -> bool:
    return file.facts.pdf is not None and file.facts.pdf.condition is not PdfCondition.GOOD


def _name_promises(found: Identification) -> bool:
    """Whether the name's extension is one that the accepted list would know by its bytes."""
    return found.extension in accepted_formats().extensions()


def _finding(code: str, file: ReceivedFile, **facts: object) -> Finding:
    return Finding("formats", code, Severity.ERROR, file.path, facts)
