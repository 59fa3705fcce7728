"""Reads each received file once, in a warm child: its format, its PDF or image, its signatures."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any
from uuid import UUID

from archive_service.formats.child import FailureReason, ParserFailure, run_limited
from archive_service.formats.enclosed import encloses_pictures
from archive_service.formats.identify import Identification, identify_here
from archive_service.formats.malware import MalwareState, Scanner, Verdict
from archive_service.formats.measure.file import measure_file_here
from archive_service.formats.measure.measures import PageMeasures
from archive_service.formats.office.unseen import Unseen, unseen_here
from archive_service.formats.page_image import PageImageFacts, read_page_image_here
from archive_service.formats.pdf.facts import PdfCondition, PdfFacts, read_pdf_here
from archive_service.formats.pdf.first_page import Picture, first_picture_here
from archive_service.formats.pdf.pdfa_claim import PdfaJudgement, judge_pdfa_here
from archive_service.formats.pdf.text import PageText, read_text_here
from archive_service.formats.pdf.verapdf import validated
from archive_service.formats.recording import RecordingFacts, is_recording, read_recording_here
from archive_service.formats.secrecy import read_mark_here
from archive_service.formats.unopened import Unopened, unopened_here
from archive_service.settings import LimitSettings
from archive_service.signing.inspect import Bearer, ToJudge, bearer_of, inspect_file, may_sign
from archive_service.signing.pdf.report import SignatureReport, as_row
from archive_service.signing.trust.roots import Trust
from archive_service.storage.staging import Staging
from ingest.channels.file_references import is_page_image

_NOT_SCANNED = Verdict(MalwareState.NOT_SCANNED)
PDF_HEADER = b"%PDF-"
MEASURED_PIXELS = 60_000_000  # A3 at 500 dpi; decoded it fits into a parser's memory
THREADS = 2  # each waits for a child of its own


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What was seen in a file; ``None`` where it does not apply or its reader failed.

    ``format`` is ``None`` for an empty file, and where the identifier itself failed.
    """

    format: Identification | None = None
    pdf: PdfFacts | None = None
    image: PageImageFacts | ParserFailure | None = None
    measures: PageMeasures | ParserFailure | None = None  # of a page's pixels
    signatures: tuple[SignatureReport, ...] = ()
    malware: Verdict = _NOT_SCANNED
    text: PageText | None = None  # of a PDF that was written, not scanned
    picture: Picture = Picture.NONE  # on page 1 of a PDF
    pdfa: PdfaJudgement | None = None  # of a PDF that claims to be PDF/A
    mark: str = ""  # of secrecy, in the words of the file
    encloses: bool = False  # pictures or PDFs, in an e-mail, an Office document or a PDF
    recording: RecordingFacts | ParserFailure | None = None  # of sound or film
    unseen: Unseen | None = None  # of an Office file
    unopened: Unopened = Unopened.NO  # of a PDF ``LIMITS`` alone; pages have facts of their own

    @property
    def pages(self) -> int | None:
        """Pages that can be counted: of a PDF, of an image."""
        if self.pdf is not None and self.pdf.pages:
            return self.pdf.pages
        return self.image.frames if isinstance(self.image, PageImageFacts) else None

    @property
    def own_signatures(self) -> list[SignatureReport]:
        """But for those of what hangs on it."""
        return [report for report in self.signatures if not report.within]

    def signature_documents(self) -> list[dict[str, Any]]:
        """The signatures as they are kept in a row: plain JSON, moments in ISO 8601."""
        return [as_row(report) for report in self.signatures]


@dataclass(frozen=True, slots=True)
class ToExamine:
    """One received file, by the name that says what it should be.

    ``first_name``: as its first sender named it, where the path is a name of an archive's.
    """

    id: UUID
    path: str
    sha256: str
    size_bytes: int
    page_image: bool
    first_name: str = ""

    @property
    def name(self) -> str:
        """By which a signature beside it names it."""
        return PurePath(self.first_name or self.path).name

    @property
    def folder(self) -> tuple[PurePath, PurePath]:
        """Where it lies, and lay first: only files of one folder are beside each other."""
        return PurePath(self.path).parent, PurePath(self.first_name or self.path).parent


_Beside = dict[tuple[PurePath, PurePath], dict[str, str]]  # digests by folder and name


class Examiner:
    """Looks into files under the limits of the settings; safe to use for many submissions."""

    def __init__(
        self,
        staging: Staging,
        *,
        scanner: Scanner,
        trust: Trust,
        limits: LimitSettings,
        fetch_revocation: bool = False,
        verapdf: Sequence[str] = (),
    ) -> None:
        self._staging = staging
        self._scanner = scanner
        self.trust = trust
        self._fetch = fetch_revocation
        self._verapdf = verapdf
        self.limits = limits

    def signatures(self) -> str:
        """See ``Scanner.signatures``."""
        return self._scanner.signatures()

    def examine_all(
        self, files: Iterable[ToExamine], known: Mapping[str, Verdict] | None = None
    ) -> Mapping[UUID, FileFacts]:
        """The facts of each file, by its id.

        Args:
            known: by digest what the scanner of today said already; it is not asked again.

        Raises:
            BackendError: staging, the scanner or the machine did not answer; that is no finding.
        """
        waiting = list(files)
        verdicts = known or {}
        beside: _Beside = {}
        for file in waiting:
            beside.setdefault(file.folder, {})[file.name] = file.sha256
        with ThreadPoolExecutor(THREADS) as pool:
            seen = list(pool.map(lambda file: self._facts(file, verdicts, beside), waiting))
        facts = {file.id: file_facts for file, file_facts in zip(waiting, seen, strict=True)}
        return self._proved(waiting, facts) if self._verapdf else facts

    def _proved(
        self, files: list[ToExamine], facts: dict[UUID, FileFacts]
    ) -> Mapping[UUID, FileFacts]:
        """Claims of PDF/A in which nothing was found, put before veraPDF all at once."""
        claims = [
            file
            for file in files
            if (pdfa_judgement := facts[file.id].pdfa) and not pdfa_judgement.broken
        ]
        with ExitStack() as opened:
            paths = {
                file.id: opened.enter_context(self._staging.path(file.sha256)) for file in claims
            }
            validations = validated(self._verapdf, list(dict.fromkeys(paths.values())))
        for file_id, path in paths.items():
            if (passed := validations.get(path)) is not None:
                judged = PdfaJudgement((), proved=True) if passed else PdfaJudgement(("verapdf",))
                facts[file_id] = replace(facts[file_id], pdfa=judged)
        return facts

    def _facts(
        self,
        file: ToExamine,
        known: Mapping[str, Verdict],
        beside: _Beside,
    ) -> FileFacts:
        malware = known.get(file.sha256) or self._scanned(file)
        if malware.state is MalwareState.INFECTED or not file.size_bytes:
            return FileFacts(malware=malware)  # no parser of ours opens it
        image = file.page_image or is_page_image(file.path)
        with self._staging.path(file.sha256) as path:
            most = min(self.limits.page_pixels, MEASURED_PIXELS) if file.page_image else 0
            seen: FileFacts | ParserFailure
            seen = self._limited(_look, path, file.path, image, most)
            if isinstance(seen, ParserFailure):  # which of the readers was it?
                seen = self._apart(path, file.path, image=image, most_pixels=most)
            signatures = self._signatures(path, file, seen, beside)
        return replace(seen, signatures=signatures, malware=malware)

    def _apart(self, path: Path, name: str, *, image: bool, most_pixels: int) -> FileFacts:
        format_ = self._limited(identify_here, path, name)
        if isinstance(format_, ParserFailure):
            return FileFacts()
        if _is_pdf(format_, path):
            return self._pdf_apart(path, format_)
        if is_recording(format_.media_type):
            heard = self._limited(read_recording_here, path, format_.media_type)
            return FileFacts(format_, recording=heard)
        if not image:
            return self._each(FileFacts(format_), path, _readers(format_))
        facts = failed = self._limited(read_page_image_here, path)
        measures = None
        if most_pixels and not isinstance(facts, ParserFailure):
            measures = failed = self._limited(measure_file_here, path, facts, most_pixels)
        kind = Unopened.NO
        if failed is facts or (
            isinstance(failed, ParserFailure) and failed.reason is FailureReason.FAILED
        ):
            unopened = self._limited(unopened_here, path, format_.media_type)
            kind = Unopened.IMAGE if isinstance(unopened, ParserFailure) else unopened
        return FileFacts(format_, image=facts, measures=measures, unopened=kind)

    def _pdf_apart(self, path: Path, format_: Identification) -> FileFacts:
        pdf = self._limited(read_pdf_here, path)
        if isinstance(pdf, ParserFailure):
            detail = f"{pdf.reason.value}: {pdf.detail}"
            pdf = PdfFacts(PdfCondition.UNREADABLE, detail=detail)
        readers: dict[str, tuple[Any, ...]] = {"mark": (read_mark_here, format_)}
        if pdf.condition.opens:
            readers |= {"text": (read_text_here,), "picture": (first_picture_here,)}
            readers |= {"encloses": (encloses_pictures, "application/pdf", "pdf")}
        if pdf.condition is PdfCondition.GOOD and pdf.pdfa:
            readers["pdfa"] = (judge_pdfa_here, pdf.pdfa)
        return self._each(FileFacts(format_, pdf), path, readers)

    def _each(
        self, facts: FileFacts, path: Path, readers: Mapping[str, tuple[Any, ...]]
    ) -> FileFacts:
        """Each reader alone, for its field; the file was not looked through where one broke off."""
        for name, (reader, *args) in readers.items():
            found = self._limited(reader, path, *args)
            if isinstance(found, ParserFailure):
                facts = replace(facts, unopened=facts.unopened or Unopened.LIMITS)
            else:
                facts = replace(facts, **{name: found})
        return facts

    def _signatures(
        self,
        path: Path,
        file: ToExamine,
        seen: FileFacts,
        beside: _Beside,
    ) -> tuple[SignatureReport, ...]:
        media_type = seen.format.media_type if seen.format is not None else ""
        bearer = Bearer.PDF if seen.pdf is not None else bearer_of(path, media_type, file.name)
        if bearer is Bearer.NOTHING or (seen.pdf is not None and not seen.pdf.signed_once):
            return ()
        others = {
            other: digest for other, digest in beside[file.folder].items() if other != file.name
        }
        with ExitStack() as opened:
            signed = tuple(
                (other, opened.enter_context(self._staging.path(others[other])))
                for other in may_sign(path, bearer, file.name, others)
            )
            judged = ToJudge(path, file.name, bearer, signed)
            found = self._limited(
                inspect_file, judged, self.trust, None, self._fetch, network=self._fetch
            )
        if isinstance(found, ParserFailure):
            unread = "pdf-unreadable" if bearer is Bearer.PDF else "signature-unreadable"
            return (SignatureReport(field="", errors=(unread, found.reason.value)),)
        reports = self._kept(tuple(found))
        if seen.pdf is not None and not seen.pdf.signature_fields:
            return tuple(report for report in reports if report.field)  # nothing has to be read
        return reports

    def _kept(self, reports: tuple[SignatureReport, ...]) -> tuple[SignatureReport, ...]:
        """The reports once the bytes they rest on are durable, each under its digest."""
        pieces = {
            evidence.sha256: evidence.der for report in reports for evidence in report.evidence
        }
        fresh = {digest: der for digest, der in pieces.items() if not self._staging.has(digest)}
        self._staging.receive_all(list(fresh.values()))
        return tuple(report.without_bytes() for report in reports)

    def _scanned(self, file: ToExamine) -> Verdict:
        with self._staging.open(file.sha256) as source:
            return self._scanner.scan(source)

    def _limited(self, func: Any, *args: object, network: bool = False) -> Any:
        limits = self.limits
        return run_limited(
            func,
            *args,
            limit_s=limits.parser_s,
            memory_mib=limits.parser_mib,
            network=network,
        )


def _look(
    path: Path,
    name: str,
    image: bool,  # noqa: FBT001 - crosses a pipe
    most_pixels: int,
) -> FileFacts:
    """Everything in one call, in the child; a page of more than ``most_pixels`` is not decoded."""
    format_ = identify_here(path, name)
    if _is_pdf(format_, path):
        pdf = read_pdf_here(path)
        good = pdf.condition is PdfCondition.GOOD
        opens = pdf.condition.opens
        return FileFacts(
            format_,
            pdf=pdf,
            text=read_text_here(path) if opens else None,
            picture=first_picture_here(path) if opens else Picture.NONE,
            pdfa=judge_pdfa_here(path, pdf.pdfa) if good and pdf.pdfa else None,
            mark=read_mark_here(path, format_),
            encloses=opens and encloses_pictures(path, "application/pdf", "pdf"),
        )
    if is_recording(format_.media_type):
        return FileFacts(format_, recording=read_recording_here(path, format_.media_type))
    if image and _is_image(format_):
        facts = read_page_image_here(path)
        measures = measure_file_here(path, facts, most_pixels)
        unopened = Unopened.NO if most_pixels else unopened_here(path, format_.media_type)
        return FileFacts(format_, image=facts, measures=measures, unopened=unopened)
    return FileFacts(
        format_,
        unopened=unopened_here(path, format_.media_type),
        mark=read_mark_here(path, format_),
        encloses=encloses_pictures(path, format_.media_type, format_.extension),
        unseen=unseen_here(path),
    )


def _readers(found: Identification) -> dict[str, tuple[Any, ...]]:
    """Of a file that is neither a PDF nor an image or a recording, by the fields they fill."""
    return {
        "unopened": (unopened_here, found.media_type),
        "mark": (read_mark_here, found),
        "encloses": (encloses_pictures, found.media_type, found.extension),
        "unseen": (unseen_here,),
    }


def _is_pdf(found: Identification, path: Path) -> bool:
    """By its format; PRONOM asks for the end of a PDF too, so that a cut-off one has none."""
    if found.puid is not None:
        return found.media_type == "application/pdf"
    with path.open("rb") as file:
        return PDF_HEADER in file.read(1024)


def _is_image(found: Identification) -> bool:
    return found.media_type.startswith("image/")
