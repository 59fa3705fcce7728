"""The slow halves of the story: each returns what its closing transaction writes."""

import functools
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import clock, messages
from archive_service.catalogue.holdings.rows import owner_of, submissions_of
from archive_service.catalogue.holdings.texts import note_unread
from archive_service.catalogue.own_fields.fields import fields_of
from archive_service.catalogue.use_requests.scanning import end_scans
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile, PackageVersion
from archive_service.domain.case_files.document import READ_AGAIN
from archive_service.domain.case_files.indexes import OUTDATED
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.act import RECEIPT, Act
from archive_service.domain.signing.copy_signing import SEALED
from archive_service.errors import ArchiveError, BackendError
from archive_service.evidence.check_codes import check_code, press_bearing
from archive_service.evidence.compared.causes import CHANGED, EDITED
from archive_service.evidence.outbox import answering
from archive_service.jobs.port import Lease
from archive_service.keeping import publishing
from archive_service.keeping import reserve as reserving
from archive_service.notices.silent_copies import note_answers
from archive_service.packaging.build import accepted_by, build_version, package_of
from archive_service.packaging.document_list import FILE_NAME, FORMAT_NAME, PUID, document_list_pdf
from archive_service.packaging.model import FileRole, Package, PackageFile
from archive_service.packaging.row_comparison import deciding_changes
from archive_service.packaging.tree import CATALOGUE
from archive_service.services import Services
from archive_service.signing.copies.waiting import note_unsigned
from archive_service.storage.content import HeldContent, NoSoundCopyError
from archive_service.storage.copies.enrolment import require_every_copy
from archive_service.storage.locks import locked_until
from archive_service.storage.ocfl.inventory import Inventory
from archive_service.storage.port import StoreUnreachableError
from digitize.proofreading.doubtful_pages import look_over, note_doubtful, put_right_in
from ingest.deliveries.receipts import note_kept
from retention.holds.locks import queue_hold
from retention.transfer.receiving.stored import note_stored
from search.index_watch import adopt_index, is_in_use

# Writes the outcome into the row; returns what the audit event tells of it.
Effect = Callable[[Session, CaseFile], dict[str, Any]]


def nothing(_session: Session, _row: CaseFile) -> dict[str, Any]:
    """The effect of a step that was not due any more."""
    return {}


def build(case_file: CaseFile, services: Services, _lease: Lease) -> Effect:
    """From here on every retry, worker and copy writes the same bytes."""
    with services.read_only() as session:
        submissions = submissions_of(session, case_file.id)
        owner = owner_of(session, case_file)
    message = _message(case_file, submissions)
    listed: list[PackageFile] = []
    if not any(document.files for document in case_file.documents):
        package = package_of(case_file, submissions, owner, services.keeper)
        listed = _document_list(package, services)
    previous = _previous(case_file, services)
    record = None if previous is None else _record(case_file, previous, services)
    changed = deciding_changes(case_file, submissions, record)
    built = build_version(
        case_file,
        submissions,
        owner=owner,
        keeper=services.keeper,
        staging=services.staging,
        previous=previous,
        message=message,
        extra_files=listed,
    )

    def effect(_session: Session, row: CaseFile) -> dict[str, Any]:
        inventory = built.inventory
        row.built(inventory.version)
        row.size_bytes = built.size_bytes
        row.versions.append(
            PackageVersion(
                number=inventory.version,
                inventory_sha256=inventory.sha256,
                message=message,
                built_by=accepted_by(case_file, submissions, inventory.version) or "worker",
                built_at=inventory.created,
                file_count=built.file_count,
                size_bytes=built.size_bytes,
                staged=built.staged,
            )
        )
        edited = row.edition != case_file.edition
        if edited:  # while it was built: the next one says so
            row.want_version()
        return {
            "version": inventory.version,
            "inventory_sha256": inventory.sha256,
            "size_bytes": built.size_bytes,
            "built_by": row.versions[-1].built_by,
            **({} if previous is None else {CHANGED: changed}),
            **({EDITED: True} if edited else {}),
        }

    return effect


def publish(case_file: CaseFile, services: Services, lease: Lease) -> Effect:
    """Every copy written and read back equal, or ``BackendError`` and a later try.

    What a copy was proved to hold in an earlier try, while another was away, is not done again.
    """
    version = case_file.versions[case_file.version_built - 1]
    copies = services.copies
    proved = {
        state.copy: state.verified_at
        for state in case_file.copies
        if state.version >= version.number and state.state == "verified"
    }
    to_write = [copy for copy in copies if copy.name not in proved]
    here, away = answering(services.database, to_write)
    results, troubles = publishing.spread(case_file, version, services, copies=here)
    fresh = {result.copy: result.verified_at for result in results}
    silent = {it: why for it, why in troubles.items() if isinstance(why, StoreUnreachableError)}
    note_answers(services.database, here=list(fresh), away={**away, **silent})
    failed: list[ArchiveError] = [*troubles.values(), *away.values()]
    if failed:
        publishing.remember(case_file, version, fresh, services, lease)
        raise failed[0]
    held = {copy.name: fresh.get(copy.name) or proved[copy.name] for copy in copies}

    def effect(session: Session, row: CaseFile) -> dict[str, Any]:
        require_every_copy(session, held)
        row.stored(version.number)
        if version.number == 1:  # later ones lock no less
            row.locked_until = locked_until(copies, row.ends_on)
        for name, verified_at in fresh.items():
            publishing.note_held(session, row.id, name, version.number, at=verified_at)
        note_kept(session, row, version.number, services)
        note_stored(session, row, services)
        queue_hold(session, row.id, services)
        note_unsigned(session, row, services)
        end_scans(session, row, services)
        return {
            "version": version.number,
            "inventory_sha256": version.inventory_sha256,
            "copies": {name: clock.iso(verified_at) for name, verified_at in held.items()},
        }

    return effect


def receipt(case_file: CaseFile, services: Services, _lease: Lease) -> Effect:
    """The signed paper; its number is taken once and kept through every retry."""
    from ingest.acceptance.receipt import issue_receipt, note_issued, number_receipt, receipt_due
    from ingest.answers.sender_notices import tell_stored

    with services.unit_of_work() as uow:
        due = receipt_due(uow.session, case_file.id)
        number = number_receipt(due, uow=uow)
        uow.commit()
    issued = issue_receipt(
        due,
        number=number,
        database=services.database,
        staging=services.staging,
        signer=services.signer(),
        archive=services.settings.archive,
        folder=services.work_folder,
        press=press_bearing(services, check_code(f"receipt {due}")),
    )

    def effect(session: Session, row: CaseFile) -> dict[str, Any]:
        note_issued(session, row, issued)  # promised once its act lies in every copy
        document = issued.as_document(row)
        session.add(
            Act(
                kind=RECEIPT,
                subject_id=str(issued.submission_id),
                at=issued.issued_at,
                document=document,
                companion_sha256=issued.sha256,
                companion_suffix="pdf",
            )
        )
        tell_stored(session, session.get_one(Submission, issued.submission_id))
        return document

    return effect


def reserve(case_file: CaseFile, services: Services, _lease: Lease) -> Effect:
    """The stored version into every reserve copy, read back: the proof of lưu trữ dự phòng."""
    filled = reserving.fill_reserve(case_file, services)

    def effect(session: Session, row: CaseFile) -> dict[str, Any]:
        reserving.note_reserved(session, row, filled)
        queue_hold(session, row.id, services)
        return asdict(filled)

    return effect


def index(case_file: CaseFile, services: Services, _lease: Lease | None) -> Effect:
    """Data and text of the stored version, one transactional replace in the index.

    Where the index is lost while this goes on, the case file does not count as indexed.
    """
    from search.entry import index_case_file

    adopt_index(services)
    identity = services.index.identity()

    content = HeldContent(services.copies, case_file.ocfl_id)
    version = case_file.version_stored
    with services.read_only() as session:
        corrections = put_right_in(session, [case_file])
        own = [field for field in fields_of(session, case_file.agency_id) if field.searchable]
    looked = look_over(
        case_file,
        corrections,
        content=content,
        folder=services.work_folder,
        sure=services.settings.digitize.doubtful_below,
    )
    unread: dict[UUID, str] = {}
    pages = index_case_file(
        case_file,
        index=services.index,
        content=content,
        folder=services.work_folder,
        corrected=looked.texts,
        own_fields=own,
        unread=unread,
    )

    def effect(session: Session, row: CaseFile) -> dict[str, Any]:
        # Neither edited meanwhile, nor any of it quarantined or released.
        same = (row.edition, _closed(row)) == (case_file.edition, _closed(case_file))
        now = put_right_in(session, [row]).standing()
        same = same and now == corrections.standing()  # and no word was put right
        note_doubtful(session, [row.id], looked.doubtful)
        note_unread(session, unread, [row.id])
        row.version_indexed = version if same and is_in_use(session, identity) else OUTDATED
        return {"version": version, "pages": pages}

    return effect


def _closed(case_file: CaseFile) -> set[int]:
    return {document.ordinal for document in case_file.documents if document.quarantined}


def digitize(case_file: CaseFile, services: Services, lease: Lease) -> Effect:
    """PDF/A and text of every document that has page images; the next version is wanted."""
    from archive_service.packaging.copy_facts import Keepers
    from digitize.documents.case_file import Desk, digitize_case_file, rows_of
    from digitize.ocr.kept_readings import find_reading
    from digitize.outcome import note_outcome

    def save(checkpoint: dict[str, Any]) -> None:
        with services.unit_of_work() as uow:
            services.jobs.save_checkpoint(uow.session, lease, checkpoint)
            uow.commit()

    made_at = clock.now()
    with services.read_only() as session:
        agency = session.get_one(Agency, case_file.agency_id).name
    desk = Desk(
        content=HeldContent(services.copies, case_file.ocfl_id),
        staging=services.staging,
        engine=services.ocr,
        folder=services.work_folder,
        made_at=made_at,
        keepers=Keepers(agency, services.keeper.archive_name),
        kept=functools.partial(
            find_reading,
            software=services.ocr.software,
            database=services.database,
            staging=services.staging,
        ),
    )
    outcome = digitize_case_file(
        case_file,
        desk=desk,
        done=lease.checkpoint,
        save=save,
        progress=lambda share: services.jobs.heartbeat(lease, progress=share),
    )

    made = outcome.made

    def effect(session: Session, row: CaseFile) -> dict[str, Any]:
        version = row.want_version() if made else row.version_wanted
        for document in row.documents:
            document.files.extend(rows_of(made, document, version=version, at=made_at))
        refused = note_outcome(session, row, outcome, services, lease)
        end_scans(session, row, services)  # of documents that were closed
        return {
            "version": version,
            "documents": len(made),
            "pages": sum(files[0].pages or 0 for files in made.values()),
            "doubts": sum(map(len, outcome.doubts.values())),
            **({"refused": refused} if refused else {}),
        }

    return effect


def _document_list(package: Package, services: Services) -> list[PackageFile]:
    """With no page yet, the mục lục văn bản stands for the paper that is still to come."""
    data = document_list_pdf(package, font_paths=[services.press.fonts], trial=services.press.words)
    staged = services.staging.receive(io.BytesIO(data))
    return [
        PackageFile(
            path=FILE_NAME,
            sha256=staged.sha256,
            size_bytes=staged.size_bytes,
            media_type="application/pdf",
            created_at=package.created_at,
            role=FileRole.PRESERVATION,
            puid=PUID,
            format_name=FORMAT_NAME,
        )
    ]


def _previous(case_file: CaseFile, services: Services) -> Inventory | None:
    """The inventory of the version that is stored, from staging or else from a copy."""
    if case_file.version_stored == 0:
        return None
    recorded = case_file.versions[case_file.version_stored - 1].inventory_sha256
    if services.staging.has(recorded):
        with services.staging.open(recorded) as source:
            return Inventory.parse(source.read())
    content = HeldContent(services.copies, case_file.ocfl_id)
    return content.inventory(case_file.version_stored, recorded)


def _record(case_file: CaseFile, of: Inventory, services: Services) -> bytes | None:
    """The catalogue record of that version; ``None`` where nobody gives it: building goes on."""
    digest = of.state()[CATALOGUE]
    if services.staging.has(digest):
        with services.staging.open(digest) as source:
            return source.read()
    try:
        return HeldContent(services.copies, case_file.ocfl_id).read_small(digest)
    except (NoSoundCopyError, BackendError):
        return None


def _message(case_file: CaseFile, submissions: Sequence[Submission]) -> str:
    wanted = case_file.version_wanted
    if wanted == 1:
        return messages.text("packages.version.first")
    for submission in submissions:
        if submission.is_addition and submission.version == wanted:
            return messages.text(f"packages.version.{submission.record_status.lower()}")
    if any(document.moved_from and document.added_in == wanted for document in case_file.documents):
        return messages.text("packages.version.moved")
    added = [
        file
        for document in case_file.documents
        for file in document.files
        if file.version_added == wanted
    ]
    if added and all(file.migration for file in added):
        return messages.text("packages.version.migrated")
    if added and all(file.role.value == FileRole.ORIGINAL.value for file in added):
        return messages.text("packages.version.pages")
    if kinds := {file.making.get("kind") for file in added if file.making}:
        key = "read_again" if READ_AGAIN in kinds else "sealed" if SEALED in kinds else "twins"
        text = messages.text(f"packages.version.{key}")
        by = next((file.making["by"] for file in added if file.making and "by" in file.making), "")
        return messages.text("packages.version.adopted", what=text, by=by) if by else text
    return messages.text("packages.version.digitized" if added else "packages.version.described")
