"""Rows of which acts of custody tell: agencies, plans, papers and numbers, before case files."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service.catalogue.agencies.custody_acts import restore_agencies
from archive_service.catalogue.fonds.series import SERIES, restore_series
from archive_service.catalogue.many.custody_acts import restore_description_batches
from archive_service.catalogue.own_fields.fields import restore_own_fields
from archive_service.catalogue.vocabularies.lists import restore_terms
from archive_service.domain.agencies.own_field import OWN_FIELD
from archive_service.domain.agencies.term import TERM
from archive_service.domain.case_files.description_batch import DESCRIPTION_BATCH
from archive_service.domain.intake.collection import COLLECTION, KEEP_BACK
from archive_service.domain.intake.delivery import DELIVERY
from archive_service.domain.intake.handover import HANDOVER_RECORD
from archive_service.domain.intake.late_entry import LATE_ENTRY
from archive_service.domain.intake.outage import OUTAGE
from archive_service.domain.keeping.act import RECEIPT
from archive_service.domain.keeping.job import FormNumber
from archive_service.domain.keeping.report import REGISTER
from archive_service.domain.signing.seal_custody import SEAL_CUSTODY
from archive_service.domain.signing.signing_request import SIGNED_PAPER
from archive_service.recovery.rebuild.carried_over import CarriedOver
from archive_service.recovery.rebuild.custody_acts import (
    HeldAct,
    stage_companions,
)
from archive_service.recovery.rebuild.deliveries import receipt_numbers
from archive_service.recovery.rebuild.left_out import LeftOut, Passed
from archive_service.recovery.rebuild.one_by_one import Restore, write_bodies
from archive_service.reports.register_acts import restore_registers
from archive_service.services import Services
from archive_service.signing.desk.custody_acts import restore_signed
from archive_service.signing.seals.custody import restore_custodies
from archive_service.storage.acts import Act, ActDamagedError
from archive_service.storage.port import ObjectStore
from ingest.acceptance.receipt import FORM, last_numbers
from ingest.calling_in.keep_back import restore_keep_back
from ingest.calling_in.lists import restore_collections
from ingest.file_plan.custody_acts import ENTRY, PLAN, restore_plans
from ingest.handover.minutes import restore_handover_records
from ingest.late_entries.late_entry import restore_late_entries
from ingest.late_entries.outages import restore_outages


def _restore_plans(session: Session, bodies: list[dict[str, Any]]) -> None:
    opened = [body for body in bodies if "plan_id" in body]
    restore_plans(session, [body for body in bodies if "plan_id" not in body], opened)


# In the order in which rows may name each other.
_FROM_ACTS: tuple[tuple[tuple[str, ...], Restore], ...] = (
    (("agency",), restore_agencies),
    ((SERIES,), restore_series),
    ((PLAN, ENTRY), _restore_plans),
    ((SEAL_CUSTODY,), restore_custodies),
    ((REGISTER,), restore_registers),
    ((HANDOVER_RECORD,), restore_handover_records),
    ((COLLECTION,), restore_collections),
    ((KEEP_BACK,), restore_keep_back),
    ((OUTAGE,), restore_outages),
    ((LATE_ENTRY,), restore_late_entries),
    ((TERM,), restore_terms),
    ((OWN_FIELD,), restore_own_fields),
    ((DESCRIPTION_BATCH,), restore_description_batches),
    ((SIGNED_PAPER,), restore_signed),
)


def restore_acts(
    session: Session,
    services: Services,
    acts: Iterator[HeldAct],
    carried: CarriedOver,
    left_out: LeftOut,
    copies: list[ObjectStore],
) -> None:
    """The acts of all copies that answer; what one of them lacks waits to be written out again."""
    newest: dict[tuple[str, str], Act] = {}
    for held in acts:
        document = held.act.document
        written = held.everywhere and UUID(document["id"]) not in carried.unwritten_acts
        if not written and not stage_companions(services.staging, held, copies):
            damaged = ActDamagedError(key=held.act.key)
            left_out.pass_over(Passed.ACT_UNSOUND, held.act.key, reason=damaged)
            written = True  # it cannot go out without what lies beside it
        session.add(held.row(written=written))
        key = (document["kind"], document["subject_id"])
        if key not in newest or newest[key].document["at"] <= document["at"]:
            newest[key] = held.act
    session.flush()
    for kinds, restore in _FROM_ACTS:
        some = [act for (kind, _), act in newest.items() if kind in kinds]
        write_bodies(session, some, restore, left_out)
    bodies = [(kind, act.document["body"]) for (kind, _), act in newest.items()]
    of_many = receipt_numbers(body for kind, body in bodies if kind == DELIVERY)
    drawn = [*of_many, *carried.receipt_numbers]
    _restore_numbers(session, [*(body for kind, body in bodies if kind == RECEIPT), *drawn])
    session.flush()


def _restore_numbers(session: Session, receipts: list[dict[str, Any]]) -> None:
    """The counters of receipts go on where they stood."""
    for year, number in last_numbers(receipts).items():
        session.add(FormNumber(form=FORM, year=year, last=number))
