"""The papers of a destruction file: made at their step, numbered, kept in every copy."""

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.db.numbers import coming_number, draw_number
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import WORKER, Actor
from archive_service.domain.retention.disposition import (
    MAKE_JOB,
    PAPER,
    Disposition,
    DispositionPaper,
)
from archive_service.evidence.check_codes import (
    check_code,
    note_handed_out,
    note_withdrawn,
    press_bearing,
)
from archive_service.evidence.write_out import write_out_evidence
from archive_service.forms.frozen_form import frozen
from archive_service.forms.letter import TEMPLATE as LETTER
from archive_service.forms.letter import Letter, letter_data
from archive_service.forms.listed_form import LongList
from archive_service.forms.long_table import print_form
from archive_service.forms.numbers import format_number, parse_number
from archive_service.forms.signed_form import SIGNATURE_FIELD, SignatureWords, print_signed
from archive_service.forms.table_form import TEMPLATE as TABLE
from archive_service.forms.table_form import TableForm, data_of
from archive_service.jobs.port import Lease
from archive_service.services import Services
from archive_service.storage.work_folder import work_place
from retention.disposition.custody_acts import tell
from retention.disposition.listing import WHOLE
from retention.disposition.papers.certificate import (
    KIND,
    certificate_form,
    certificate_told,
    says_of,
)
from retention.disposition.papers.contents import file_of
from retention.disposition.papers.decisions_form import council_decision, decision
from retention.disposition.papers.destruction_file import DestructionFile, said
from retention.disposition.papers.kinds import (
    CERTIFICATE,
    COUNCIL_DECISION,
    DECISION,
    DESTRUCTION,
    EXPLANATION,
    HANDING_OVER,
    LIST,
    MINUTES,
    OF_AGENCY,
    OF_ARCHIVE,
    is_made_anew,
    may_certify,
    newest_papers,
    papers_due,
)
from retention.disposition.papers.list_form import destruction_list, explanation
from retention.disposition.papers.minutes_form import (
    council_minutes,
    destruction_minutes,
    handing_over,
)
from retention.disposition.papers.missing import lacks_papers, says_too_little
from retention.disposition.papers.signatures import requests_of

CHECK = "check"  # of the document of an act: the code that its paper bears
_FORMS: dict[str, Callable[[DestructionFile, str], TableForm | Letter]] = {
    LIST: destruction_list,
    EXPLANATION: explanation,
    COUNCIL_DECISION: council_decision,
    MINUTES: council_minutes,
    DECISION: decision,
    HANDING_OVER: handing_over,
    DESTRUCTION: destruction_minutes,
}


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A paper as it is to be printed: what it says, and what lies behind it."""

    form: str
    number: str
    at: dt.datetime
    says: str  # digest of all that it says but number and time
    template: Path
    data: dict[str, object]
    document: dict[str, Any]  # beside the paper in its act
    lists: Sequence[LongList] = ()
    field: str = SIGNATURE_FIELD


def make_papers(
    services: Services, disposition_id: UUID, *, actor: Actor = WORKER, certify: bool = False
) -> list[str]:
    """Make what the list calls for and lacks; forms of those that were made.

    What the archive issues is signed with its key. A number is drawn with the paper that bears it:
    no gap, no double. Safe to repeat and to kill.

    Args:
        certify: a certificate too, provisional where something is open.

    Raises:
        what printing and signing raise; papers made before that stay.
    """
    made = []
    with services.read_only() as session:
        row = _whole(session, disposition_id)
        wanted = papers_due(row)
        if certify and CERTIFICATE not in wanted and may_certify(row):
            wanted.append(CERTIFICATE)
    for form in wanted:
        while (drawn := _drawn(services, disposition_id, form)) is not None:
            digest = _printed(services, drawn)
            if _kept(services, disposition_id, drawn, digest, actor):
                made.append(form)
                break
    if made:
        write_out_evidence(services)
    return made


def make(lease: Lease, services: Services) -> None:
    """``make_papers`` as a job."""
    if lease.subject_id is None:
        raise ValueError(f"{lease.job} needs a list")
    with services.read_only() as session:
        of_list = Disposition.id == lease.subject_id, says_too_little()
        certify = session.scalar(select(exists(select(Disposition.id).where(*of_list))))
    make_papers(services, lease.subject_id, certify=bool(certify))
    with services.writing() as session:
        services.jobs.finish(session, lease)


def queue_papers(session: Session, services: Services) -> None:
    """Lists that lack a paper of their step, or whose certificate says less than is known."""
    for disposition_id in session.scalars(select(Disposition.id).where(lacks_papers())):
        services.jobs.add(session, MAKE_JOB, subject_id=disposition_id)


def paper_act(session: Session, paper: DispositionPaper) -> Act:
    """The act that the paper stands beside."""
    of_it = Act.kind == PAPER, Act.subject_id == str(paper.id)
    return session.scalars(select(Act).where(*of_it)).one()


def _whole(session: Session, disposition_id: UUID, *, locked: bool = False) -> Disposition:
    query = select(Disposition).where(Disposition.id == disposition_id).options(*WHOLE)
    return session.scalars(query.with_for_update(of=Disposition) if locked else query).one()


def _drawn(services: Services, disposition_id: UUID, form: str) -> _Drawn | None:
    """As it would be printed now; ``None`` where the paper that is there says it already."""
    at = clock.now().replace(microsecond=0)
    with services.read_only() as session:
        row = _whole(session, disposition_id)
        known = newest_papers(row).get(form)
        if known is not None and not (
            is_made_anew(row, form) or _is_numbered_since(session, row, known)
        ):
            return None
        number = _coming(session, row, form, clock.local(at).year)
        if form == CERTIFICATE:
            replaces = known.number if known else ""
            certificate = certificate_told(session, services, row, number, replaces=replaces, at=at)
            drawn = _certificate(services, row.id, certificate, at)
        else:
            drawn = _of_words(form, _file_of(session, services, row, form), number, at)
        if known is not None and _digest_printed(session, known) == drawn.says:
            return None
    return drawn


def _is_numbered_since(session: Session, row: Disposition, known: DispositionPaper) -> bool:
    """A decision that got its number after it was printed, and that nobody was given to sign."""
    if known.form != DECISION or known.number == row.decision_number:
        return False
    return not requests_of(session, [known])


def _of_words(form: str, file: DestructionFile, number: str, at: dt.datetime) -> _Drawn:
    made = _FORMS[form](file, number)
    if isinstance(made, TableForm):
        data, template, document = data_of(made), TABLE, frozen(made)
    else:
        data, template, document = letter_data(made), LETTER, {}
    unnumbered = data if form in OF_AGENCY else _without_number(form, file)
    text = json.dumps(unnumbered, ensure_ascii=False, sort_keys=True)
    says = sha256(text.encode()).hexdigest()
    return _Drawn(form, number, at, says, template, data, document)


def _without_number(form: str, file: DestructionFile) -> dict[str, object]:
    made = _FORMS[form](file, "")
    return data_of(made) if isinstance(made, TableForm) else letter_data(made)


def _certificate(
    services: Services, disposition_id: UUID, facts: dict[str, Any], at: dt.datetime
) -> _Drawn:
    letter, lists, digest = certificate_form(services, facts)
    code = check_code(f"{KIND} {disposition_id} {facts['number']}")
    return _Drawn(
        CERTIFICATE,
        facts["number"],
        at,
        says_of(facts),
        LETTER,
        letter_data(letter),
        {"certificate": facts, "certificate_sha256": digest, CHECK: code},
        lists,
        f"GiayChungNhanHuy-{digest}",
    )


def _coming(session: Session, row: Disposition, form: str, year: int) -> str:
    if form in OF_AGENCY:
        return row.council_number if form == COUNCIL_DECISION else row.decision_number
    after = _last(session, form, year)
    number = max(coming_number(session, _counter(form), year), after + 1)
    return format_number(number, said(f"symbols.{form}"))


def _last(session: Session, form: str, year: int) -> int:
    """The last number of the form in the year that a paper bears: a rebuild brings papers back."""
    begins = dt.datetime(year, 1, 1, tzinfo=clock.LOCAL_ZONE)
    ends = dt.datetime(year + 1, 1, 1, tzinfo=clock.LOCAL_ZONE)
    numbers = session.scalars(
        select(DispositionPaper.number).where(
            DispositionPaper.form == form,
            DispositionPaper.made_at >= begins,
            DispositionPaper.made_at < ends,
        )
    )
    return max((parse_number(number).number for number in numbers), default=0)


def _counter(form: str) -> str:
    return f"disposition-{form}"


def _digest_printed(session: Session, paper: DispositionPaper) -> str:
    of_it = Act.kind == PAPER, Act.subject_id == str(paper.id)
    return session.scalar(select(Act.document["says_sha256"].as_string()).where(*of_it)) or ""


def _printed(services: Services, drawn: _Drawn) -> str:
    """The digest of the PDF/A, which lies in staging then; no transaction waits for it."""
    with work_place(services.work_folder, "disposition-") as place:
        target, press = place / "paper.pdf", services.press
        if code := drawn.document.get(CHECK):
            press = press_bearing(services, code)
        if drawn.form in OF_ARCHIVE:
            print_signed(
                drawn.template,
                drawn.data,
                target,
                signer=services.signer(),
                at=drawn.at,
                said=SignatureWords(
                    str(drawn.data["name"]), services.settings.archive.place, drawn.field
                ),
                lists=drawn.lists,
                press=press,
            )
        else:
            print_form(drawn.template, drawn.data, target, press=press, at=drawn.at)
        with target.open("rb") as source:
            return services.staging.receive(source).sha256


def _kept(
    services: Services, disposition_id: UUID, drawn: _Drawn, digest: str, actor: Actor
) -> bool:
    """Whether it was written; not where another took its number, or the list moved meanwhile."""
    with services.unit_of_work() as uow:
        session = uow.session
        row = _whole(session, disposition_id, locked=True)
        year = clock.local(drawn.at).year
        if _coming(session, row, drawn.form, year) != drawn.number:
            return False
        now = _drawn_in(session, services, row, drawn)
        if now != drawn.says:
            return False
        if drawn.form not in OF_AGENCY:
            after = _last(session, drawn.form, year)
            number = draw_number(session, _counter(drawn.form), year, after=after)
            if number != parse_number(drawn.number).number:
                return False
        if code := drawn.document.get(CHECK, ""):
            _hand_out(session, row, code, digest, actor)
        add_paper(
            session,
            row,
            drawn.form,
            number=drawn.number,
            at=drawn.at,
            digest=digest,
            document={"says_sha256": drawn.says} | drawn.document,
            actor=actor,
        )
        uow.commit()
    return True


def _hand_out(session: Session, row: Disposition, code: str, digest: str, actor: Actor) -> None:
    """Anybody may ask for the certificate by its code; the one that it replaces is withdrawn."""
    known = newest_papers(row).get(CERTIFICATE)
    former = paper_act(session, known).document.get(CHECK, "") if known else ""
    if former:
        note_withdrawn(session, former, "replaced", actor=actor, agency_id=row.agency_id)
    handed = {"kind": KIND, "sha256": digest}
    note_handed_out(session, code, handed, actor=actor, agency_id=row.agency_id)


def _drawn_in(session: Session, services: Services, row: Disposition, drawn: _Drawn) -> str:
    """The digest of what the paper would say now, with the list locked."""
    if drawn.form == CERTIFICATE:
        certificate = certificate_told(
            session, services, row, drawn.number, replaces="", at=drawn.at
        )
        return says_of(certificate)
    file = _file_of(session, services, row, drawn.form)
    return _of_words(drawn.form, file, drawn.number, drawn.at).says


def _file_of(session: Session, services: Services, row: Disposition, form: str) -> DestructionFile:
    """Only the explanation says what holds of each case file on the day on which it is made."""
    return file_of(session, services, row, is_asked=form == EXPLANATION)


def add_paper(
    session: Session,
    row: Disposition,
    form: str,
    *,
    number: str,
    at: dt.datetime,
    digest: str,
    document: dict[str, Any],
    actor: Actor,
) -> DispositionPaper:
    """The paper whose bytes lie in staging, in the caller's transaction, with its act and event."""
    known = newest_papers(row).get(form)
    paper = DispositionPaper(
        id=uuid4(),
        form=form,
        edition=known.edition + 1 if known else 1,
        number=number,
        made_at=at,
        sha256=digest,
    )
    row.papers.append(paper)
    facts = {
        "disposition_id": str(row.id),
        "paper": form,
        "edition": paper.edition,
        "number": number,
        "made_at": clock.iso(at),
    }
    session.add(
        Act(
            kind=PAPER,
            subject_id=str(paper.id),
            at=clock.now(),
            document=facts | document,
            companion_sha256=digest,
            companion_suffix="pdf",
        )
    )
    tell(session, row, "disposition:paper-made", actor=actor, paper=form, sha256=digest)
    return paper
