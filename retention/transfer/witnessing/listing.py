"""Who witnesses whom."""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.domain.keeping.act import COSIGNATURE, Act
from archive_service.domain.people.account import Actor
from archive_service.domain.people.incident import Incident
from archive_service.domain.transfer.partner import WITNESSED, TransferPartner
from archive_service.evidence.witness.cosignature import OWN_KEY, read_key
from archive_service.services import Services
from retention.transfer.witnessing.documents import (
    WitnessDocument,
    WitnessedDocument,
    WitnessingDocument,
)
from retention.transfer.witnessing.sending import FITTING, REMEMBERS, SILENT, witnesses
from retention.transfer.witnessing.taking import CONTRADICTS


def show_witnessing(services: Services, *, actor: Actor) -> WitnessingDocument:
    """Our key as a witness; whom we witness, and who witnesses us.

    Raises:
        ActNotAllowedError, WitnessKeyError
    """
    access.require(actor, "partner:list")
    key = services.settings.home / OWN_KEY
    ours = (TransferPartner.active, TransferPartner.witnessed)
    query = select(TransferPartner).where(*ours).order_by(TransferPartner.code)
    with services.read_only() as session:
        theirs, asked = session.scalars(query).all(), session.scalars(witnesses()).all()
        kept = _newest(session, Act.kind == WITNESSED)
        given = _newest(session, Act.kind == COSIGNATURE, FITTING)
        away, refused = _troubles(session, REMEMBERS, SILENT), _troubles(session, CONTRADICTS)
        return WitnessingDocument(
            key=read_key(key).key.vkey if key.is_file() else None,
            witnessed=[
                _witnessed(its, kept.get(str(its.id)), refused.get(its.code)) for its in theirs
            ],
            witnesses=[
                _witness(
                    transfer_partner,
                    given.get(str(transfer_partner.id)),
                    away.get(transfer_partner.code),
                )
                for transfer_partner in asked
            ],
        )


def _newest(session: Session, *which: ColumnElement[bool]) -> dict[str, Act]:
    """The newest of these acts for each subject."""
    last = select(Act.subject_id, func.max(Act.at).label("at")).where(*which)
    newest = last.group_by(Act.subject_id).subquery()
    of_it = (Act.subject_id == newest.c.subject_id) & (Act.at == newest.c.at)
    query = select(Act).join(newest, of_it).where(*which)
    return {act.subject_id: act for act in session.scalars(query.order_by(Act.id))}


def _troubles(session: Session, *which: str) -> dict[str, str]:
    """Code of what open incidents of these kinds tell, by the code of the partner."""
    kinds = Incident.kind.in_(which), Incident.closed_at.is_(None)
    rows = session.scalars(select(Incident).where(*kinds).order_by(Incident.kind))
    return {row.subject: str(row.facts["code"]) for row in rows}


def _witnessed(partner: TransferPartner, act: Act | None, trouble: str | None) -> WitnessedDocument:
    facts = act.document if act else {}
    size, root = int(facts.get("size", 0)), str(facts.get("root", ""))
    return WitnessedDocument(
        code=partner.code,
        name=partner.name,
        size=size,
        root=root,
        at=clock.iso(act.at) if act and size else None,
        trouble=trouble,
    )


def _witness(partner: TransferPartner, act: Act | None, trouble: str | None) -> WitnessDocument:
    return WitnessDocument(
        code=partner.code,
        name=partner.name,
        size=act.document["size"] if act else 0,
        at=clock.iso(act.at) if act else None,
        trouble=trouble,
    )
