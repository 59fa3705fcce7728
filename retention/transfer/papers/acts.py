"""The papers of a transfer: printed, sealed, kept in every copy, and made anew when they say less.

What a paper says stands in the act that the signed PDF/A lies beside; the newest act of a kind
counts.
"""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Actor
from archive_service.domain.transfer.transfer import Transfer, TransferDirection
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.evidence import check_codes as codes
from archive_service.evidence.companions import read_companion
from archive_service.evidence.write_out import write_out_evidence
from archive_service.forms.letter import TEMPLATE as LETTER
from archive_service.forms.letter import Letter, letter_data
from archive_service.forms.listed_form import LongList
from archive_service.forms.numbers import format_number
from archive_service.forms.signed_form import SIGNATURE_FIELD, SignatureWords, print_signed
from archive_service.forms.table_form import TEMPLATE as TABLE
from archive_service.forms.table_form import data_of
from archive_service.services import Services
from archive_service.storage.work_folder import work_place
from retention.transfer.listing import get_transfer
from retention.transfer.papers.contents import transfer_file
from retention.transfer.papers.documents import TransferPaper
from retention.transfer.papers.file_form import TransferFile, said
from retention.transfer.papers.given import WordsIn
from retention.transfer.papers.kinds import (
    ANSWER,
    CATALOGUE,
    EXPLANATION,
    HAND_RECEIPT,
    MEDIA,
    MINUTES,
    OF_SIDE,
    PAPER,
    REGISTER,
    REGISTER_ANSWER,
    file_name,
    may_make,
    right_to,
)
from retention.transfer.papers.letters import (
    SECTIONS,
    answer_letter,
    explanation,
    register_answer_letter,
    register_letter,
)
from retention.transfer.papers.lists import catalogue_data, media_list
from retention.transfer.papers.minutes_form import (
    GIVER_FIELD,
    RECEIVER_FIELD,
    minutes_lists,
    transfer_minutes,
)

CHECK = "check"  # of the document of an act: the code that its paper bears
LONGEST_WORDS = 5000  # characters of a section
_LETTERS: dict[str, Callable[[TransferFile, str], Letter]] = {
    EXPLANATION: explanation,
    REGISTER: register_letter,
    REGISTER_ANSWER: register_answer_letter,
    ANSWER: answer_letter,
    MINUTES: transfer_minutes,
}


class TransferPaperUnknownError(NotFoundError):
    """This side of a transfer has no paper of the kind."""


class TransferPaperMissingError(NotFoundError):
    """The paper is not made yet."""


class TransferPaperEarlyError(ConflictError):
    """The transfer does not stand where this paper is made, and there is none."""


class TransferPaperUndecidedError(ConflictError):
    """Minutes are made once each package is taken or returned, and what was taken is stored."""


class TransferPaperWordsError(InputError):
    """Words are for a section that the explanation does not have, or too many."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A paper as it is to be printed: what it says, and what lies behind it."""

    kind: str
    number: str
    at: dt.datetime
    says: str  # digest of all that it says but the day
    template: Path
    data: dict[str, object]
    words: Mapping[str, str]
    lists: list[LongList] = field(default_factory=list)


def papers_of(services: Services, transfer_id: UUID, *, actor: Actor) -> list[TransferPaper]:
    """Each kind of paper of this side: the newest, and whether it is made where it stands.

    The scan of a receipt on paper is told where there is one.

    Raises:
        ActNotAllowedError, TransferNotFoundError
    """
    access.require(actor, "transfer:list")
    with services.read_only() as session:
        row = get_transfer(session, transfer_id, actor=actor)
        papers = [paper_told(session, row, kind) for kind in OF_SIDE[row.direction]]
    return [
        transfer_paper
        for transfer_paper in papers
        if transfer_paper.kind != HAND_RECEIPT or transfer_paper.sha256
    ]


def read_paper(
    services: Services, transfer_id: UUID, kind: str, *, actor: Actor
) -> tuple[str, bytes]:
    """Name and bytes of the newest paper of a kind, verified, with the signatures given so far.

    Raises:
        ActNotAllowedError, TransferNotFoundError, NoSoundCopyError
        TransferPaperUnknownError, TransferPaperMissingError
    """
    access.require(actor, "transfer:list")
    with services.read_only() as session:
        row = get_transfer(session, transfer_id, actor=actor)
        _require_known(row, kind)
        act = newest_act(session, row, kind)
        if act is None:
            raise TransferPaperMissingError(number=row.name, kind=kind)
        name = file_name(row, kind)
    return name, read_companion(act, staging=services.staging, copies=services.copies)


def make_paper(
    services: Services,
    transfer_id: UUID,
    kind: str,
    given: WordsIn,
    *,
    actor: Actor,
) -> TransferPaper:
    """Make a paper and seal it, or make it anew where it would say something else.

    What says all already stays as it is; so does what was handed over. Safe to repeat and to kill.
    Words of before stand where no others are given.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferPaperUnknownError
        TransferPaperEarlyError: not where the transfer stands, and there is none.
        TransferPaperUndecidedError: of minutes.
        TransferPaperWordsError
        and what printing and sealing raise.
    """
    access.require(actor, "transfer:list")
    _require_words(given.words)
    at = clock.now().replace(microsecond=0)
    with services.read_only() as session:
        row = get_transfer(session, transfer_id, actor=actor)
        access.require(actor, right_to(row), row)
        _require_known(row, kind)
        known = newest_act(session, row, kind)
        if not may_make(row, kind):
            if known is None:
                raise TransferPaperEarlyError(number=row.name, kind=kind, state=row.state.value)
            return paper_told(session, row, kind)
        drawn = _drawn(session, services, row, kind, at, _merged(known, given.words))
        if known is not None and known.document["says_sha256"] == drawn.says:
            return paper_told(session, row, kind)
        edition = known.document["edition"] + 1 if known else 1
        code = codes.check_code(f"transfer {row.id} {kind} {edition}")
        digest, signer = _printed(services, drawn, code)
    made = digest, signer, code
    document = _kept(services, transfer_id, drawn, made, known, actor)
    write_out_evidence(services)
    return document


def newest_act(session: Session, row: Transfer, kind: str) -> Act | None:
    """The act that the newest paper of a kind stands beside."""
    of_it = Act.kind == PAPER, Act.subject_id == f"{row.id}:{kind}"
    return session.scalars(select(Act).where(*of_it).order_by(Act.at.desc(), Act.id)).first()


def _kept(
    services: Services,
    transfer_id: UUID,
    drawn: _Drawn,
    made: tuple[str, str, str],
    known: Act | None,
    actor: Actor,
) -> TransferPaper:
    """The paper whose bytes lie in staging, unless another was made meanwhile: that one stands."""
    digest, signer, code = made
    with services.writing() as session:
        row = get_transfer(session, transfer_id, actor=actor, locked=True)
        newest = newest_act(session, row, drawn.kind)
        if (newest and newest.id) == (known and known.id):
            if former := newest.document.get(CHECK) if newest else None:
                agency = row.agency_id
                codes.note_withdrawn(session, former, "replaced", actor=actor, agency_id=agency)
            add_paper(
                session,
                row,
                drawn.kind,
                digest=digest,
                document={
                    "edition": newest.document["edition"] + 1 if newest else 1,
                    "number": drawn.number,
                    "made_at": clock.iso(drawn.at),
                    "made_by": actor.account,
                    "says_sha256": drawn.says,
                    "signatures": [signer],
                    "words": dict(drawn.words),
                    CHECK: code,
                },
                tag="transfer:paper-made",
                actor=actor,
            )
        return paper_told(session, row, drawn.kind)


def add_paper(
    session: Session,
    row: Transfer,
    kind: str,
    *,
    digest: str,
    document: dict[str, Any],
    tag: str,
    actor: Actor,
) -> None:
    """The act of a paper whose bytes lie in staging, and its event, in the caller's transaction."""
    session.add(
        Act(
            kind=PAPER,
            subject_id=f"{row.id}:{kind}",
            at=clock.now(),
            document={"transfer_id": str(row.id), "paper": kind} | document,
            companion_sha256=digest,
            companion_suffix="pdf",
        )
    )
    session.flush()
    if code := document.get(CHECK):
        handed, agency = {"kind": codes.TRANSFER, "sha256": digest}, row.agency_id
        codes.note_handed_out(session, code, handed, actor=actor, agency_id=agency)
    record_event(
        session,
        tag,
        of=row,
        actor=actor,
        data={"number": row.name, "paper": kind, "sha256": digest},
    )


def paper_told(session: Session, row: Transfer, kind: str) -> TransferPaper:
    """One of ``papers_of``."""
    act = newest_act(session, row, kind)
    document = act.document if act else {}
    return TransferPaper(
        kind=kind,
        may_make=may_make(row, kind),
        sha256=act.companion_sha256 if act else None,
        signatures=document.get("signatures", []),
        words=document.get("words", {}),
        **{name: document.get(name) for name in ("edition", "number", "made_at", "made_by")},
    )


def _drawn(
    session: Session,
    services: Services,
    row: Transfer,
    kind: str,
    at: dt.datetime,
    words: Mapping[str, str],
) -> _Drawn:
    """As it would be printed now; its rows are read again when they are laid out."""
    file = transfer_file(
        session,
        row,
        services.settings.archive,
        on=clock.local(at).date(),
        words=words if kind == EXPLANATION else {},
        numbers=_numbers(row),
    )
    if kind == MINUTES and file.sums.undecided:
        raise TransferPaperUndecidedError(number=row.name, count=file.sums.undecided)
    number = file.numbers[kind]
    says = _says(kind, file, number)
    if kind in (CATALOGUE, MEDIA):
        data = _table(kind, file, number)
        return _Drawn(kind, number, at, says, TABLE, data, file.words)
    lists = minutes_lists(file) if kind == MINUTES else []
    data = letter_data(_LETTERS[kind](file, number))
    return _Drawn(kind, number, at, says, LETTER, data, file.words, lists)


def _table(kind: str, file: TransferFile, number: str) -> dict[str, Any]:
    return catalogue_data(file, number) if kind == CATALOGUE else data_of(media_list(file, number))


def _says(kind: str, file: TransferFile, number: str) -> str:
    """The digest of all that it says on any day; rows are read once for it."""
    timeless = replace(file, on=dt.date.min.replace(year=2000))
    digest = sha256()

    def add(part: object) -> None:
        digest.update(json.dumps(part, ensure_ascii=False, sort_keys=True).encode() + b"\n")

    if kind in (CATALOGUE, MEDIA):
        data = _table(kind, timeless, number)
        rows = data.pop("rows")
        add(data)
        for row in rows:
            add(row)
    else:
        add(letter_data(_LETTERS[kind](timeless, number)))
        for listed in minutes_lists(timeless) if kind == MINUTES else []:
            for cells in listed.rows:
                add(list(cells))
    return digest.hexdigest()


def _numbers(row: Transfer) -> dict[str, str]:
    """A transfer has one paper of a kind: it bears its number, with the symbol of the kind.

    The register bears the number under which it went, once that is told.
    """
    numbers = {
        kind: format_number(row.number, said(f"symbols.{kind}")) for kind in OF_SIDE[row.direction]
    }
    if row.direction is TransferDirection.OUT and row.register_number:
        numbers[REGISTER] = row.register_number
    return numbers


def _merged(known: Act | None, words: Mapping[str, str]) -> dict[str, str]:
    before = known.document.get("words", {}) if known else {}
    merged = {**before, **{section: text.strip() for section, text in words.items()}}
    return {section: text for section, text in merged.items() if text}


def _require_words(words: Mapping[str, str]) -> None:
    for section, text in words.items():
        if section not in SECTIONS or len(text) > LONGEST_WORDS:
            raise TransferPaperWordsError(
                section=section, sections=list(SECTIONS), longest=LONGEST_WORDS
            )


def _require_known(row: Transfer, kind: str) -> None:
    if kind not in OF_SIDE[row.direction]:
        raise TransferPaperUnknownError(number=row.name, kind=kind)


def _printed(services: Services, drawn: _Drawn, code: str) -> tuple[str, str]:
    """Digest of the sealed PDF/A, which lies in staging then, and who sealed it."""
    place = services.settings.archive.place
    fields = (RECEIVER_FIELD, GIVER_FIELD) if drawn.kind == MINUTES else (SIGNATURE_FIELD, "")
    with work_place(services.work_folder, "transfer-") as folder:
        target, signer = folder / "paper.pdf", services.signer()
        print_signed(
            drawn.template,
            drawn.data,
            target,
            signer=signer,
            at=drawn.at,
            said=SignatureWords(str(drawn.data["name"] or drawn.data["about"]), place, *fields),
            lists=drawn.lists,
            press=codes.press_bearing(services, code),
        )
        with target.open("rb") as source:
            return services.staging.receive(source).sha256, signer.subject.name
