"""The paper of a published list: signed for the archive under its number, kept in every copy."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock, messages
from archive_service.audit import record_event
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.intake.collection import COLLECTION, CollectionList
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import WORKER, Actor
from archive_service.errors import ConflictError
from archive_service.evidence import check_codes as codes
from archive_service.evidence.companions import read_companion
from archive_service.evidence.write_out import write_out_evidence
from archive_service.forms.frozen_form import frozen, thawed
from archive_service.forms.signed_form import SignatureWords, print_signed
from archive_service.forms.table_form import TEMPLATE, TableForm, data_of
from archive_service.jobs.port import Lease
from archive_service.services import Services
from archive_service.storage.work_folder import work_place
from ingest.calling_in.lists import act_document, get_collection
from ingest.calling_in.papers import collection_form

SIGN_JOB = "sign-collection"
_FIELD = "ChuKyLuuTru"


class CollectionUnsignedError(ConflictError):
    """The list is published; its paper is not signed yet."""


def form_of(services: Services, session: Session, row: CollectionList, agency: Agency) -> TableForm:
    """The list as it was signed, whatever bears another name since; before, as it is printed."""
    signed = thawed(_act_of(session, row).document) if row.sha256 else None
    return signed or _printed(services, row, agency)


def _act_of(session: Session, row: CollectionList) -> Act:
    """The act that the signed paper stands beside."""
    return session.scalars(
        select(Act).where(
            Act.kind == COLLECTION,
            Act.subject_id == str(row.id),
            Act.companion_sha256 == row.sha256,
        )
    ).one()


def _printed(services: Services, row: CollectionList, agency: Agency) -> TableForm:
    archive = services.settings.archive
    facts = {"number": row.number, "year": row.year, "entries": row.entries}
    on = clock.local(row.published_at).date()
    return collection_form(
        facts,
        archive=archive.name,
        agency=agency.name,
        place=archive.place,
        on=on,
        above=archive.superior,
    )


def sign(lease: Lease, services: Services) -> None:
    """Print and sign the leased list. Safe to repeat: what is printed counts once committed."""
    if lease.subject_id is None:
        raise ValueError(f"{SIGN_JOB} needs a list")
    with services.read_only() as session:
        row = session.get_one(CollectionList, lease.subject_id)
        agency = session.get_one(Agency, row.agency_id)
        form = None if row.sha256 else _printed(services, row, agency)
    at = clock.now().replace(microsecond=0)
    digest = None if form is None else _signed(services, form, _check(row.id))
    with services.writing() as session:
        services.jobs.finish(session, lease)
        row = session.get_one(CollectionList, lease.subject_id, with_for_update=True)
        if form is not None and row.sha256 is None:
            row.sha256, row.signed_at = digest, at
            _keep(session, row, form)
    write_out_evidence(services)


def _check(list_id: UUID) -> str:
    """The code by which anybody asks whether the list is ours."""
    return codes.check_code(f"collection {list_id}")


def _signed(services: Services, form: TableForm, code: str) -> str:
    """The digest of the signed PDF/A, which lies in staging then."""
    at = clock.now().replace(microsecond=0)
    with work_place(services.work_folder, "collection-") as place:
        signed = place / "signed.pdf"
        reason = messages.text("forms.collection.name", "vi")
        print_signed(
            TEMPLATE,
            data_of(form),
            signed,
            signer=services.signer(),
            at=at,
            said=SignatureWords(reason, services.settings.archive.place, _FIELD),
            press=codes.press_bearing(services, code),
        )
        with signed.open("rb") as source:
            return services.staging.receive(source).sha256


def _keep(session: Session, row: CollectionList, form: TableForm) -> None:
    session.add(
        Act(
            kind=COLLECTION,
            subject_id=str(row.id),
            at=clock.now(),
            document=act_document(row) | frozen(form),
            companion_sha256=row.sha256,
            companion_suffix="pdf",
        )
    )
    record_event(
        session,
        "collection:signed",
        of=row,
        actor=WORKER,
        data={"number": row.number, "sha256": row.sha256},
    )
    handed, agency = {"kind": codes.COLLECTION, "sha256": row.sha256}, row.agency_id
    codes.note_handed_out(session, _check(row.id), handed, actor=WORKER, agency_id=agency)


def read_signed(services: Services, list_id: UUID, *, actor: Actor) -> tuple[str, bytes]:
    """Name and bytes of the signed paper, verified; for all who see the list.

    Raises:
        CollectionNotFoundError, CollectionUnsignedError, NoSoundCopyError
    """
    with services.read_only() as session:
        row, _ = get_collection(session, list_id, actor=actor)
        if row.sha256 is None:
            raise CollectionUnsignedError(number=row.number)
        act = _act_of(session, row)
        name = f"danh-muc-nop-luu-{row.number.replace('/', '-')}.pdf"
    return name, read_companion(act, staging=services.staging, copies=services.copies)


def queue_unsigned(session: Session, services: Services) -> None:
    """What was published and not signed when the database was lost is signed now."""
    for list_id in session.scalars(
        select(CollectionList.id).where(CollectionList.sha256.is_(None))
    ):
        services.jobs.add(session, SIGN_JOB, subject_id=list_id)
