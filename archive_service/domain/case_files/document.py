"""Documents (tài liệu) of a case file, their files, and how they relate."""

import datetime as dt
import enum
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive_service.domain.base import Base
from archive_service.domain.signing.copy_signing import SEALED

CLEARED = "cleared"  # of a secrecy mark: a person said that it is none
PAPER = ("02", "03")  # mức độ tin cậy: số hóa, hỗn hợp
PDF = "application/pdf"
TWIN, READ_AGAIN = "twin", "read-again"  # kinds of making
UNSETTLED = (None, "wanted")  # nobody looked yet; it is needed and not made


class FileRole(enum.StrEnum):
    """What a file is to its document; page images are originals too."""

    ORIGINAL = "original"
    PRESERVATION = "preservation"
    ACCESS = "access"
    TEXT = "text"


class Document(Base):
    """One document; columns from ``doc_code`` to ``description`` are TT 05/2025 EAD_doc fields."""

    __table_args__ = (
        UniqueConstraint("case_file_id", "ordinal"),
        Index("ix_document_number", "code_notation", "code_number"),
        Index("ix_document_doc_id", "doc_id"),
        Index(
            "ix_document_for_reserve",
            "case_file_id",
            sqlite_where=text("risk_recovery = 1"),
            postgresql_where=text("risk_recovery"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_file_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    ordinal: Mapped[int] = mapped_column()  # docOrdinal, from 1
    kind: Mapped[str] = mapped_column(String(10), default="document")  # document, picture, media

    doc_id: Mapped[str] = mapped_column(String(200))
    doc_code: Mapped[str] = mapped_column(String(120))  # file code + 7-digit ordinal
    maintenance: Mapped[str | None] = mapped_column(String(100))
    type_name: Mapped[str | None] = mapped_column(String(10))
    type_name_original: Mapped[str | None] = mapped_column(String(200))  # of a type no list knows
    code_number: Mapped[str | None] = mapped_column(String(60))
    code_notation: Mapped[str | None] = mapped_column(String(60))
    issued_date: Mapped[str | None] = mapped_column(String(10))
    organ_name: Mapped[str | None] = mapped_column(String(500))
    subject: Mapped[str] = mapped_column(String(2000))
    language: Mapped[str | None] = mapped_column(String(100))
    number_of_page: Mapped[int] = mapped_column(default=0)
    infor_sign: Mapped[str | None] = mapped_column(String(30))
    keyword: Mapped[str | None] = mapped_column(String(200))
    mode: Mapped[str] = mapped_column(String(20))
    confidence_level: Mapped[str | None] = mapped_column(String(30))
    autograph: Mapped[str | None] = mapped_column(String(2000))
    format: Mapped[str | None] = mapped_column(String(50))
    process: Mapped[bool] = mapped_column(default=False)
    risk_recovery: Mapped[bool] = mapped_column(default=False)
    risk_recovery_status: Mapped[str | None] = mapped_column(String(2))
    description: Mapped[str | None] = mapped_column(String(2000))
    # Fields of the agency's own, by name; see ``own_field``.
    own_fields: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")

    standing: Mapped[str | None] = mapped_column(String(20))  # bản gốc, bản chính, bản sao, …
    origin: Mapped[str | None] = mapped_column(String(40))  # signed at birth, issuer's scan, …
    urgency: Mapped[str | None] = mapped_column(String(20))
    issued_amount: Mapped[int | None] = mapped_column()  # số lượng bản phát hành
    due_date: Mapped[str | None] = mapped_column(String(10))  # hạn trả lời văn bản
    signer: Mapped[str | None] = mapped_column(String(200))
    signer_position: Mapped[str | None] = mapped_column(String(200))
    sender: Mapped[str | None] = mapped_column(String(500))
    receivers: Mapped[str | None] = mapped_column(String(2000))
    # Receivers, stations and opinions of the packet that brought it; see ``handling.Handling``.
    handling: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    arrival_number: Mapped[str | None] = mapped_column(String(20))
    arrival_date: Mapped[str | None] = mapped_column(String(10))
    sent_at: Mapped[str | None] = mapped_column(String(40))
    received_at: Mapped[str | None] = mapped_column(String(40))
    # What cannot be scanned, a large map or an object, waits for no pages: where it lies, why.
    no_image_place: Mapped[str | None] = mapped_column(String(300))
    no_image_reason: Mapped[str | None] = mapped_column(String(1000))
    quarantined: Mapped[bool] = mapped_column(default=False)
    added_in: Mapped[int] = mapped_column(default=1, server_default="1")  # version of the package
    # The version of the package from which another document stands in its place; it stays.
    replaced_in: Mapped[int | None] = mapped_column()
    # Since when its issuer took it back: closed to every reader, its bytes stay.
    recalled_at: Mapped[dt.datetime | None] = mapped_column()
    # {code, ordinal, at, by, reason}: where it went when the holdings were arranged; it stays here
    # to be read, and is found there. And where it came from.
    moved_to: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    moved_from: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # What looked like errors of people when its pages were read: findings.
    doubts: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    # Level of the secrecy mark that was read on a page; CLEARED: it is none.
    secrecy: Mapped[str] = mapped_column(String(20), default="", server_default="")
    signatures: Mapped[list[dict[str, Any]]] = mapped_column(default=list)

    files: Mapped[list["DigitalObject"]] = relationship(
        order_by="DigitalObject.ordinal", cascade="all, delete-orphan"
    )
    relations: Mapped[list["DocumentRelation"]] = relationship(
        foreign_keys="DocumentRelation.document_id", cascade="all, delete-orphan"
    )
    picture: Mapped["PictureDescription | None"] = relationship(cascade="all, delete-orphan")
    recording: Mapped["RecordingDescription | None"] = relationship(cascade="all, delete-orphan")

    @property
    def stands(self) -> bool:
        """Whether it is part of the case file as it is now, and open."""
        gone = self.moved_to or self.replaced_in is not None or self.recalled_at is not None
        return not gone and not self.quarantined

    def roles(self) -> set[FileRole]:
        """What kinds of files it has."""
        return {file.role for file in self.files}

    def page_images(self) -> list["DigitalObject"]:
        """Its page images, in order."""
        return [file for file in self.files if file.page_image]

    def files_of(self, version: int | None) -> list["DigitalObject"]:
        """Its files as they were in this version of the package; all that it has for ``None``."""
        return [file for file in self.files if version is None or file.version_added <= version]

    def current_files(self, version: int | None = None) -> list["DigitalObject"]:
        """The same without those that newer ones took the place of."""
        return [file for file in self.files_of(version) if not file.is_superseded(version)]

    def readable_pdf(self, version: int | None = None) -> "DigitalObject | None":
        """The PDF a reader opens: the one made to be kept, else the searchable twin of an original
        that nobody signed, else the original, else what there is.
        """
        pdfs = [file for file in self.current_files(version) if file.media_type == PDF]
        made = [file for file in pdfs if file.role is FileRole.PRESERVATION]
        twins = [file for file in pdfs if file.is_twin and not file.making["of_signed"]]
        return next(iter(made or twins or pdfs), None)

    def copy_to_reseal(self) -> "DigitalObject | None":
        """The copy that was read again, while readers have the sealed one whose place it takes."""
        shown = self.readable_pdf()
        if shown is None or shown.made_as != SEALED:
            return None
        kept = (file for file in self.current_files() if file.role is FileRole.PRESERVATION)
        return next((file for file in kept if file.made_as == READ_AGAIN), None)

    def text_files(
        self, version: int | None = None
    ) -> tuple["DigitalObject | None", "DigitalObject | None"]:
        """The plain text and the ALTO of what a reader opens, newest first."""
        shown = self.readable_pdf(version)
        texts = [file for file in self.current_files(version) if file.role is FileRole.TEXT]
        if shown is not None:  # not those of an annex
            sources = self.sources(shown)
            texts = [
                file for file in texts if not file.derived_from or sources & {*file.derived_from}
            ]
        texts.reverse()
        plain = next((file for file in texts if file.media_type == "text/plain"), None)
        return plain, next((file for file in texts if file.media_type == "application/xml"), None)

    def pdf_read(self, text: "DigitalObject") -> "DigitalObject | None":
        """The received PDF that this text was read from; ``None``: it is that of page images."""
        made_of = {*text.derived_from}
        return next((file for file in self.incoming_pdfs() if file.path in made_of), None)

    def read_from(self, version: int | None = None) -> list["DigitalObject"]:
        """What its text was read from: images of its pages, or the one PDF that has them."""
        text, _ = self.text_files(version)
        if text is None:
            return []
        pdf = self.pdf_read(text)
        return self.page_images() if pdf is None else [pdf]

    def made_of(self, paths: set[str]) -> list["DigitalObject"]:
        """Current files that were made of any of these, not by migration; in however many steps."""
        return [
            file
            for file in self.current_files()
            if file.role is not FileRole.ORIGINAL
            and not file.migration
            and self.sources(file) & paths
        ]

    def sources(self, file: "DigitalObject") -> set[str]:
        """Its path, and the paths of all that it was made from, however many steps ago."""
        by_path = {digital_object.path: digital_object for digital_object in self.files}
        found: set[str] = set()
        waiting = [file.path]
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                waiting += by_path[path].derived_from or () if path in by_path else ()
        return found

    def incoming_pdfs(self) -> list["DigitalObject"]:
        """PDFs as they were received, but for those whose pages are its page images."""
        taken_apart = {path for page in self.page_images() for path in page.derived_from}
        return [
            file
            for file in self.files
            if file.role is FileRole.ORIGINAL
            and file.media_type == PDF
            and not file.page_image
            and file.path not in taken_apart
        ]

    def twins_of(self, file: "DigitalObject") -> list["DigitalObject"]:
        """Searchable copies of one of its PDFs, those superseded too."""
        return [
            digital_object
            for digital_object in self.files
            if digital_object.is_twin and file.path in digital_object.derived_from
        ]

    def unread_pdfs(self) -> list["DigitalObject"]:
        """Incoming PDFs of which it is not settled whether they need a searchable twin."""
        if self.quarantined:
            return []
        waiting = [file for file in self.incoming_pdfs() if file.twin_state in UNSETTLED]
        return [file for file in waiting if not self.twins_of(file)]

    def has_refused_twin(self) -> bool:
        """Whether one of its PDFs needs a twin that could not be made: a person looks."""
        return any(file.twin_state == "refused" for file in self.files)

    def awaits_pdf(self) -> bool:
        """Whether it has page images and no PDF was made of them; a closed one awaits nothing."""
        return bool(self.page_images()) and not self.has_scan_pdf() and not self.quarantined

    def has_scan_pdf(self) -> bool:
        """Whether a PDF was made of its page images; one made by migration is another thing."""
        kept = (file for file in self.current_files() if file.role is FileRole.PRESERVATION)
        return any(not file.migration for file in kept)

    def awaits_pages(self) -> bool:
        """Whether it is paper (số hóa, hỗn hợp) whose pages have not come yet."""
        bare = not self.files and not self.no_image_reason
        return bare and self.confidence_level in PAPER

    def is_undigitized(self, version: int) -> bool:
        """Whether it is paper, and this version of the package shows no page of it yet."""
        waits = self.awaits_pages() or bool(self.page_images())
        return waits and self.stands and self.readable_pdf(version) is None


class DigitalObject(Base):
    """One file of a document (tệp), told apart from its fellows by role and order."""

    __table_args__ = (
        UniqueConstraint("case_file_id", "path"),
        # Received bytes that lie in more than one case file.
        Index(
            "ix_digital_object_originals",
            *("sha256", "case_file_id"),
            sqlite_where=text("role = 'original'"),
            postgresql_where=text("role = 'original'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_file_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), index=True)
    ordinal: Mapped[int] = mapped_column()
    role: Mapped[FileRole] = mapped_column()
    page_image: Mapped[bool] = mapped_column(default=False)
    # main, annex, enclosure, process (how the document was handled)
    standing: Mapped[str] = mapped_column(String(20), default="main")
    path: Mapped[str] = mapped_column(String(300))  # under representations/rep1/data/
    name: Mapped[str] = mapped_column(String(1000))  # as the sender named it
    media_type: Mapped[str] = mapped_column(String(200))
    puid: Mapped[str | None] = mapped_column(String(40))
    format_name: Mapped[str | None] = mapped_column(String(200))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    pages: Mapped[int | None] = mapped_column()
    # Clockwise turn that shows a page upright, beyond what its own header asks for.
    turn_deg: Mapped[int] = mapped_column(default=0, server_default="0")
    dpi: Mapped[float | None] = mapped_column()  # told by a person or a PDF; NULL: its header's
    version_added: Mapped[int] = mapped_column()
    derived_from: Mapped[list[str]] = mapped_column(default=list)  # paths it was made from
    # Of a file made by migration of formats: tool, detail, outcome, who decided; else empty.
    migration: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    # Of a searchable twin or a text read again: kind, software, detail, note, …; else empty.
    making: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    # The version of the package in which a newer file took its place; it stays where it is.
    superseded_in: Mapped[int | None] = mapped_column()
    # Of a PDF as received what its pages are, and what that means (twin: none, wanted, made,
    # refused, with code and facts); of any file why its words are not found (words-unread).
    text_layer: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    created_at: Mapped[dt.datetime] = mapped_column()
    # Of sound or film, what its header says: container, codecs, duration_s, bit_rate_kbps, …
    recording: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    @property
    def made_as(self) -> str:
        """The kind of its making; empty where none is told."""
        return str((self.making or {}).get("kind", ""))

    @property
    def is_twin(self) -> bool:
        """Whether it is the searchable copy of a PDF that was received."""
        return self.media_type == PDF and "of_signed" in (self.making or {})

    @property
    def twin_state(self) -> str | None:
        """``none wanted made refused`` of a PDF as received; ``None``: nobody looked yet."""
        found: str | None = (self.text_layer or {}).get("twin")
        return found

    @property
    def words_unread(self) -> str:
        """Why words of it are not found; empty: they are, or it has none."""
        return str((self.text_layer or {}).get("words-unread", ""))

    def looked_at(self, layer: dict[str, Any]) -> None:
        """Note what its pages are; why words of it are not found is noted beside that."""
        unread = self.words_unread
        self.text_layer = layer | ({"words-unread": unread} if unread else {})

    def is_superseded(self, version: int | None = None) -> bool:
        """Whether a newer file stands for it in this version of the package, or by now."""
        since = self.superseded_in
        return since is not None and (version is None or since <= version)


def is_received_file() -> ColumnElement[bool]:
    """Of a file and its document: received with it; what was made or scanned later was not."""
    original = DigitalObject.role == FileRole.ORIGINAL
    return original & (DigitalObject.version_added == Document.added_in)


def sheet_of(sources: Sequence[DigitalObject], number: int) -> tuple[DigitalObject, int] | None:
    """Of a page that a text was read from, if it is there: its image and 0, or a PDF and number."""
    if len(sources) == 1 and not sources[0].page_image:
        return (sources[0], number) if 1 <= number <= (sources[0].pages or number) else None
    return (sources[number - 1], 0) if 1 <= number <= len(sources) else None


class DocumentRelation(Base):
    """How a document stands to another: thay thế, đính chính, phụ lục, kèm theo."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), index=True)
    relation: Mapped[str] = mapped_column(String(20))  # replaces, corrects, annex, enclosure
    target: Mapped[str] = mapped_column(String(300))  # as declared: docId, or number and symbol
    target_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"), index=True)


class PictureDescription(Base):
    """EAD_pic fields of a photograph or negative (TT 05/2025)."""

    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)
    type_pic: Mapped[str | None] = mapped_column(String(10))
    archives_number: Mapped[str | None] = mapped_column(String(50))
    event_name: Mapped[str | None] = mapped_column(String(500))
    image_title: Mapped[str | None] = mapped_column(String(500))
    photographer: Mapped[str | None] = mapped_column(String(300))
    photo_place: Mapped[str | None] = mapped_column(String(300))
    photo_time: Mapped[str | None] = mapped_column(String(10))
    colour: Mapped[str | None] = mapped_column(String(10))
    film_size: Mapped[str | None] = mapped_column(String(30))
    doc_attached: Mapped[bool] = mapped_column(default=False)


class RecordingDescription(Base):
    """EAD_media fields of a sound or film recording (TT 05/2025)."""

    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), primary_key=True)
    type_media: Mapped[str | None] = mapped_column(String(10))
    archives_number: Mapped[str | None] = mapped_column(String(50))
    event_name: Mapped[str | None] = mapped_column(String(500))
    movie_title: Mapped[str | None] = mapped_column(String(500))
    recorder: Mapped[str | None] = mapped_column(String(300))
    record_place: Mapped[str | None] = mapped_column(String(300))
    record_date: Mapped[str | None] = mapped_column(String(10))
    play_time: Mapped[str | None] = mapped_column(String(8))
    quality: Mapped[str | None] = mapped_column(String(50))
    doc_attached: Mapped[bool] = mapped_column(default=False)
