"""edXML packets: a new document is received, a recall, update or replacement is carried out."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from archive_service import access, clock
from archive_service.catalogue.recalls.acts import Wish, ask_in
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import Document
from archive_service.domain.case_files.recall import (
    RELATIONS,
    Recall,
    RecallKind,
    RecallState,
    RecallTargetGoneError,
    RecallTargetReplacedError,
    RecallTargetUnknownError,
)
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.people.account import Actor
from archive_service.errors import ArchiveError, ConflictError, InputError, NotAllowedError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.services import Services
from ingest.answers.rules import refusing_codes
from ingest.channels.edxml.packet import Errand, PacketFacts
from ingest.channels.edxml.parcel import OpenedPacket, Placing, open_packet
from ingest.channels.edxml.read import is_packet
from ingest.channels.parcel import Entry, Parcel
from ingest.edxml.enclosed_signatures import checked_at_once
from ingest.edxml.join_packet import first_draft, is_own_draft, join
from ingest.edxml.open_recalls import Undecided, require_sender, take_part, undecided_with
from ingest.receiving.rows import OwnRules
from ingest.receiving.staged import discard_unneeded
from ingest.receiving.take_in import receive_submission
from ingest.register.earlier_packets import CHANNEL, tell_not_for_us, tell_target_unknown

_ENDING = ".edxml"
_KINDS = {
    Errand.RECALL: RecallKind.RECALL,
    Errand.UPDATE: RecallKind.CORRECTION,
    Errand.REPLACEMENT: RecallKind.REPLACEMENT,
}


class PacketElsewhereError(ConflictError):
    """The very same packet is here already, under another code of a case file."""

    code = "edxml-other-code"


class PacketsRefusedError(InputError):
    """Some packets of a folder or ZIP were refused; the others were taken in."""

    code = "edxml-some-refused"


# Without one of these what a packet is about would look as if it had never been here.
_RECALLING = ("recall:ask", "submission:withdraw", "submission:list", "case-file:list")
_REFUSALS = (
    *(InputError, NotAllowedError, PacketElsewhereError),
    *(RecallTargetUnknownError, RecallTargetReplacedError, RecallTargetGoneError),
)


def packets_in(path: Path) -> list[Path]:
    """The packet at ``path``, or those of a folder that holds nothing else but them."""
    if path.is_file():
        return [path] if _is_packet(path) else []
    files = [file for file in sorted(path.rglob("*")) if file.is_file() and not file.is_symlink()]
    return files if files and all(_is_packet(file) for file in files) else []


def holds_packets(parcel: Parcel) -> bool:
    """Whether a ZIP or uploads hold packets and nothing else."""
    if parcel.declaration is not None or not parcel.entries:
        return False
    return all(_is_named_so(entry.path) and _is_one(entry) for entry in parcel.entries)


def _is_one(entry: Entry) -> bool:
    if entry.path.lower().endswith(_ENDING):
        return True
    with entry.open() as source:
        return is_packet(source)


@contextmanager
def packets_of(parcel: Parcel, services: Services) -> Iterator[list[Path]]:
    """The packets of a parcel as files, as long as the context lasts; closes the parcel."""
    with parcel, TemporaryDirectory(dir=services.work_folder, prefix="packets-") as place:
        files: list[Path] = []
        for number, entry in enumerate(parcel.entries):
            target = Path(place, f"{number:06}", entry.path.rpartition("/")[2])
            target.parent.mkdir()
            with entry.open() as source, target.open("wb") as out:
                shutil.copyfileobj(source, out, 1 << 20)
            files.append(target)
        yield files


def submit_packets(
    services: Services, paths: list[Path], *, actor: Actor, code: str = ""
) -> list[UUID]:
    """Take in packets one by one; the submissions that they made or that they are about.

    Args:
        code: of the case file to which new documents belong.

    Raises:
        InputError, NotFoundError, NotAllowedError: a single packet is refused.
        PacketsRefusedError: some of several; the others were taken in, and may be sent again.
    """
    ids: list[UUID] = []
    refused: dict[str, ArchiveError] = {}
    for path in paths:
        try:
            ids += submit_packet(services, path, actor=actor, code=code)
        except _REFUSALS as refusal:
            refused[path.name] = refusal
    if len(refused) == len(paths) and refused:
        raise next(iter(refused.values()))
    if refused:
        refusals = [f"{name} ({refusal.code})" for name, refusal in refused.items()]
        raise PacketsRefusedError(names=refusals[:20], count=len(refused), taken=len(ids))
    return list(dict.fromkeys(ids))


def submit_packet(
    services: Services, path: Path, *, actor: Actor, code: str = "", name: str = ""
) -> list[UUID]:
    """Take in one packet; the same again changes nothing and gives the same submissions.

    Raises:
        InputError: it is no packet, or too broken to tell what was sent.
        RecallTargetUnknownError: it recalls what was never here.
        RecallTargetReplacedError, RecallTargetGoneError: it recalls what is not here any more.
        PacketSenderError: it recalls what another agency sent.
        PacketElsewhereError: it is here already, under another code than ``code``.
    """
    access.require(actor, "submission:create")

    def place(told: PacketFacts) -> Placing:
        return _placing(services, told, code, actor=actor)

    opened = open_packet(
        path,
        name or path.name,
        services.settings.limits,
        services.trust,
        folder=services.work_folder,
        place=place,
    )
    opened = checked_at_once(opened, services)
    fields = opened.told
    if fields.errand is not Errand.NEW:
        for act in _RECALLING:
            access.require_scope(actor, act)
    if fields.errand is Errand.RECALL:
        with opened.parcel:
            return _carry_out(services, opened, new=None, actor=actor)
    with opened.parcel:
        (new,) = receive_submission(
            opened.parcel,
            actor=actor,
            database=services.database,
            staging=services.staging,
            jobs=services.jobs,
            limits=services.settings.limits,
            own=OwnRules(services.trust, services.settings.home),
        )
    is_sound = _require_code(services, new, code, fields)
    about: list[UUID] = []
    if fields.errand is not Errand.NEW and is_sound:
        about = _carry_out(services, opened, new=new, actor=actor)
    own = _with_its_like(services, new, actor=actor)
    return ([] if own is None else [own]) + [
        submission_id for submission_id in about if submission_id != own
    ]


def _require_code(services: Services, new: UUID, code: str, told: PacketFacts) -> bool:
    """``PacketElsewhereError`` unless it bears this code; whether no rule refuses it at once."""
    with services.read_only() as session:
        row = session.get_one(Submission, new)
        if code and row.code != code:
            raise PacketElsewhereError(
                document_id=told.document_id, code=row.code or "–", given=code, id=new
            )
        refusing = refusing_codes(CHANNEL, home=services.settings.home)
        return not any(found["code"] in refusing for found in row.door_findings)


def _with_its_like(services: Services, new: UUID, *, actor: Actor) -> UUID | None:
    """The draft of the same code that it was put into, else itself; ``None`` where it is gone."""
    with services.unit_of_work() as uow:
        session = uow.session
        take_write_lock(session)  # of two packets that come at once, one finds the other
        row = session.get(Submission, new)
        if row is None:  # put into the submission whose document it replaces
            return None
        if not row.code or not is_own_draft(session, row):
            return new
        visible = access.visible(actor, "submission:create", Submission.agency_id)
        host = first_draft(session, row, visible)
        if host is None:
            return new
        join(session, row, host, actor=actor, jobs=services.jobs)
        uow.commit()
        return host.id


def _placing(services: Services, told: PacketFacts, code: str, *, actor: Actor) -> Placing:
    """A new document alone is a draft; one that is said to belong to a case file goes there."""
    kind = _KINDS.get(told.errand)
    relates = ("", "")
    with services.read_only() as session:
        others = tell_not_for_us(
            session,
            [organ.identifier for organ in told.receivers],
            told.sender.identifier,
            agency_id=actor.agency_id,
            archive_code=services.settings.archive.code,
        )
        held: list[CaseFile] = []
        waiting: list[Undecided] = []
        if kind in RELATIONS:
            target = told.targets[0]
            relates = RELATIONS[kind][0], target
            held = [case_file for case_file, _ in _in_custody(session, target, actor)]
            waiting = [] if held else undecided_with(session, target, actor, lock=False)
        if code and not held:
            visible = access.visible(actor, "case-file:list", CaseFile.agency_id)
            held = list(session.scalars(select(CaseFile).where(CaseFile.code == code, visible)))
    if len(held) != 1:
        return Placing(code, relates=relates, findings=tuple(others))
    anew = kind is RecallKind.CORRECTION and told.document_id in told.targets
    status = "REPLACEMENT" if anew or kind is RecallKind.REPLACEMENT else "SUPPLEMENT"
    if waiting:  # the new one goes where the one goes whose place it takes
        status = waiting[0].added_as
        relates = waiting[0].relates if anew else relates
    return Placing(held[0].code, status, False, relates, tuple(others))


def _carry_out(
    services: Services, opened: OpenedPacket, *, new: UUID | None, actor: Actor
) -> list[UUID]:
    """What the packet wants of documents that are here; bytes that nobody needs are discarded."""
    fields = opened.told
    about: list[UUID] = []
    with services.writing() as session:
        act = _Act(services, session, actor, new)
        for target in fields.targets:
            wish = Wish(
                kind=_KINDS[fields.errand],
                reason=fields.reason or fields.document_id,
                successor="" if fields.errand is Errand.RECALL else fields.document_id,
                channel=CHANNEL,
                sender=fields.sender.identifier,
                package_id=fields.document_id,
                packet_sha256=opened.sha256,
            )
            done = _done_before(session, target, wish)
            if done is None:
                done = act.do(target, wish)
            about += [submission_id for submission_id in done if submission_id not in about]
        act.take_place()
    discard_unneeded(act.gone, database=services.database, staging=services.staging, recalled=True)
    write_out_evidence(services)
    return about


class _Act:
    """One packet's errand, within one unit of work; ``new`` is the draft of what it brings."""

    def __init__(
        self, services: Services, session: Session, actor: Actor, new: UUID | None
    ) -> None:
        self._services, self._session, self._actor = services, session, actor
        self._new = session.get_one(Submission, new) if new is not None else None
        self._host: tuple[Submission, int] | None = None  # where the new document goes
        self.gone: list[str] = []

    def do(self, target: str, wish: Wish) -> list[UUID]:
        """Take the target out of what is undecided, ask for it in custody; what it was about."""
        session, new = self._session, self._new
        found = undecided_with(session, target, self._actor)
        waiting = [other for other in found if new is None or other.submission.id != new.id]
        for other in waiting:
            require_sender(session, other, target, wish.sender)
            self._take_out(other, target, wish)
        held = _in_custody(session, target, self._actor)
        for case_file, document in held:
            ask_in(session, case_file, document, wish, actor=self._actor)
        if not waiting and not held:
            why = _not_here(session, target, self._actor)
            if new is None:
                raise why
            if isinstance(why, RecallTargetUnknownError):
                tell_target_unknown(new, target)
        return [other.submission.id for other in waiting] + [case_file.id for case_file, _ in held]

    def _take_out(self, other: Undecided, target: str, wish: Wish) -> None:
        session, host, new = self._session, other.submission, self._new
        declared = host.case_file()
        has_a_case = len(declared.documents) > 1 or bool(host.code)
        joins = new is not None and has_a_case and is_own_draft(session, new)
        if joins and self._host is None:
            self._host = host, declared.documents.index(other.document)
        stays_open = self._host is not None and self._host[0] is host
        take_part(
            session,
            self._services,
            other,
            wish,
            self.gone,
            actor=self._actor,
            target=target,
            stays_open=stays_open,
        )
        if new is not None and host.state is SubmissionState.WITHDRAWN:
            new.follows_id = host.id

    def take_place(self) -> None:
        """The new document stands where the first of those stood whose place it takes."""
        if self._host is None or self._new is None:
            return
        host, at = self._host
        jobs = self._services.jobs
        join(self._session, self._new, host, actor=self._actor, jobs=jobs, at=at)


def _not_here(session: Session, target: str, actor: Actor) -> ArchiveError:
    """Why there is nothing to recall: it was replaced or recalled before, or never came."""
    before = session.scalar(
        select(Recall)
        .where(
            Recall.target == target,
            Recall.state == RecallState.GRANTED,
            access.visible(actor, "recall:ask", Recall.agency_id),
        )
        .order_by(Recall.decided_at.desc())
        .limit(1)
    )
    if before is None:
        return RecallTargetUnknownError(target=target)
    day = f"{clock.local(before.decided_at or before.asked_at):%d/%m/%Y}"
    if before.successor:
        return RecallTargetReplacedError(target=target, day=day, successor=before.successor)
    return RecallTargetGoneError(target=target, day=day)


def _done_before(session: Session, target: str, wish: Wish) -> list[UUID] | None:
    """What the very same packet did to this document before; ``None``: nothing."""
    rows = session.scalars(
        select(Recall).where(
            Recall.packet_sha256 == wish.packet_sha256,
            Recall.target == target,
            Recall.kind == wish.kind,
        )
    ).all()
    return [host_id for row in rows if (host_id := row.case_file_id or row.submission_id)] or None


def _in_custody(session: Session, target: str, actor: Actor) -> list[tuple[CaseFile, Document]]:
    rows = session.execute(
        select(CaseFile, Document)
        .join(Document, Document.case_file_id == CaseFile.id)
        .where(
            Document.doc_id == target,
            Document.recalled_at.is_(None),
            CaseFile.state.in_((CaseState.ACCEPTED, CaseState.STORED)),
            access.visible(actor, "case-file:list", CaseFile.agency_id),
        )
        .options(selectinload(Document.files))
        .order_by(CaseFile.code, Document.ordinal)
    )
    return [(case_file, document) for case_file, document in rows]


def _is_named_so(name: str) -> bool:
    return name.lower().endswith((_ENDING, ".xml"))


def _is_packet(path: Path) -> bool:
    if not _is_named_so(path.name):
        return False
    if path.suffix.lower() == _ENDING:
        return True
    with path.open("rb") as source:
        return is_packet(source)
