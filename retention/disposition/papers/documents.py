"""The papers of a destruction file and the certificate of destruction, as documents."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from archive_service.document import Document, Moment


class PaperSignature(BaseModel):
    """One who was asked for a signature on a paper; ``state``: waiting or signed."""

    signer: str
    state: str
    signed_at: str | None


class LackingSignature(Document):
    """Whose signature a paper lacks, and since when they are asked; null: nobody asked them.

    ``account`` is null of who has none, ``name`` empty of the agency's head before the decision.
    """

    name: str
    account: str | None
    asked_at: Moment | None


class UnsignedPaperDocument(Document):
    """A paper of the file that somebody has yet to sign."""

    form: str
    number: str
    edition: int
    made_at: Moment
    lacks: list[LackingSignature]


class DestructionPaper(BaseModel):
    """The newest paper of a form; ``due``: its step is there and it is not made yet.

    ``by_archive``: it bears the archive's signature; ``is_asked``: people sign it.
    """

    form: str
    due: bool
    edition: int | None
    number: str | None
    made_at: str | None
    sha256: str | None
    is_table: bool
    by_archive: bool
    is_asked: bool
    signatures: list[PaperSignature]
    lacks: list[LackingSignature]


class DestructionPapers(BaseModel):
    """The file in its order; ``made``: forms that this call made."""

    papers: list[DestructionPaper]
    made: list[str] = []


class DestroyedPlace(BaseModel):
    """One place of a case file; ``state`` says how it ended, or why it is open: by ``trouble``.

    ``gone``: ``found`` in ``proof`` was removed, and asked for again. ``nothing``: it was put there
    once, and nothing of it was found; with ``again`` in ``proof`` it was looked through anew after
    a rebuild, and what was there before is not known any more. ``never``: nothing of it was ever
    there. ``stated``: the place could not be read; ``statement`` in ``proof`` tells who said what
    became of the medium.
    """

    place: str
    state: str
    proof: dict[str, Any]
    trouble: str
    until: str | None
    gone_at: str | None


class DestroyedPaperHalf(BaseModel):
    """The paper half: where it lay, who destroyed it, when and how."""

    place: str
    by: str
    on: str | None
    method: str


class DestroyedCaseFile(BaseModel):
    """One case file; ``size_bytes`` of all versions in one copy, ``open`` counts open items."""

    code: str
    title: str
    ocfl_id: str
    removal: str
    versions: int
    files: int
    size_bytes: int
    inventory_sha256: str
    claimed_at: str
    done_at: str | None
    places: list[DestroyedPlace]
    paper: DestroyedPaperHalf | None
    open: int


class NeverIn(BaseModel):
    """A retired copy, and how many of the case files never lay in it; it has no place for them."""

    model_config = ConfigDict(serialize_by_alias=True)

    name: str = Field(alias="copy")
    retired_at: str
    case_files: int


class DestructionCertificate(BaseModel):
    """What a certificate says; ``provisional`` while ``open`` items are left.

    ``kept``: what stays as evidence: ``stub``, ``trail`` (the audit trail), ``file``.
    """

    kind: str
    number: str
    replaces: str
    made_at: str
    provisional: bool
    open: int
    archive: dict[str, str]
    agency: dict[str, str]
    disposition: dict[str, str | None]
    council: dict[str, Any]
    proposed: dict[str, str] | None = None  # older ones do not tell it
    approvals: list[dict[str, str]]
    papers: list[dict[str, Any]]
    executed_unsigned: dict[str, Any] | None = None  # {unsigned: forms, reason} at its start
    unsigned: list[dict[str, Any]] = []  # {form, number, by: names} when it was made
    case_files: list[DestroyedCaseFile]
    never_in: list[NeverIn] = []
    kept: list[str]
    left_out: list[dict[str, Any]]


class ComparedPlace(BaseModel):
    """What was said of a place, and what it says now: as it was said, open or found-again."""

    place: str
    said: str | None
    now: str
    count: int | None
    trouble: str


class ComparedCaseFile(BaseModel):
    """The places of one case file, asked anew."""

    code: str
    places: list[ComparedPlace]


class ComparedCopy(BaseModel):
    """Whether a copy keeps the certificate as it was issued; null where it does not tell."""

    model_config = ConfigDict(serialize_by_alias=True)

    name: str = Field(alias="copy")
    agrees: bool | None
    trouble: str


class CertificateComparison(BaseModel):
    """``data_intact``: the data have the digest that stands on the paper; the copies agree."""

    asked_at: str
    found_again: int
    open: int
    data_intact: bool
    copies: list[ComparedCopy]
    case_files: list[ComparedCaseFile]


class CertificatePaper(BaseModel):
    """The signed paper."""

    edition: int
    number: str
    made_at: str
    sha256: str | None


class CertificateDocument(BaseModel):
    """CERTIFICATE: its data, their digest, the paper, and what the places say now if asked."""

    certificate: DestructionCertificate
    certificate_sha256: str
    paper: CertificatePaper
    comparison: CertificateComparison | None = None


class ComparedCertificate(CertificateDocument):
    """The same, with what the places say now."""

    comparison: CertificateComparison
