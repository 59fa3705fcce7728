"""What is open with a person goes on with others, who may and hear of it."""

from collections.abc import Mapping

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.acts import find_account
from archive_service.accounts.leaving.duties import DUTIES, Duty, Way
from archive_service.audit import record_event
from archive_service.domain.people.account import Account, Actor
from archive_service.errors import ConflictError, InputError
from archive_service.notices import inbox


class LeavingKindError(InputError):
    """Nothing of this kind is handed over."""


class LeavingReceiverError(InputError):
    """Nobody of this name can go on with it: no account in use, or the leaver's own."""


class LeavingOpenError(ConflictError):
    """Something would stay without an owner, or is settled with a paper first."""


def counted(session: Session, row: Account) -> dict[str, int]:
    """How many of each kind are open, in one statement."""
    columns = [
        select(func.count()).select_from(duty.table).where(duty.mine(row)).scalar_subquery()
        for duty in DUTIES
    ]
    found = session.execute(select(*columns)).one()
    return {duty.kind: int(count) for duty, count in zip(DUTIES, found, strict=True)}


def receivers(
    session: Session,
    row: Account,
    counts: Mapping[str, int],
    each: Mapping[str, str],
    default: Account | None,
    actor: Actor,
    refusal: type[ConflictError] = LeavingOpenError,
) -> dict[str, Account]:
    """Who goes on with each kind that is open; what needs nobody has none."""
    handed = {duty.kind for duty in DUTIES if duty.way is Way.OVER}
    if unknown := sorted(set(each) - handed):
        raise LeavingKindError(kind=unknown[0], known=sorted(handed))
    found: dict[str, Account] = {}
    settled: list[str] = []
    lacking: list[str] = []
    unfit: dict[str, str] = {}
    for duty in DUTIES:
        named = each.get(duty.kind, "").strip()
        to = receiver(session, row, named, actor) if named else default
        if not counts[duty.kind] or duty.way is Way.ENDS:
            continue
        if duty.way is Way.FIRST:
            settled.append(duty.kind)
        elif to is None:
            lacking.append(duty.kind)
        elif not is_fit(session, duty, row, to):
            unfit[duty.kind] = to.name
        else:
            found[duty.kind] = to
    if settled or lacking or unfit:
        raise refusal(
            name=row.name,
            settled=settled,
            lacking=lacking,
            unfit=list(unfit),
            receivers=sorted(set(unfit.values())),
        )
    return found


def receiver(session: Session, row: Account, name: str, actor: Actor) -> Account:
    """The account of this name, in use, another's and one that the actor may know of."""
    found = find_account(session, name.strip())
    known = found is not None and access.may(actor, "account:list", found)
    if found is None or not known or not found.active or found.id == row.id:
        raise LeavingReceiverError(account=name.strip()[:100])
    return found


def is_fit(session: Session, duty: Duty, row: Account, to: Account) -> bool:
    """Whether the receiver may go on with all of it, whatever agency it is of."""
    if not duty.act:  # it goes with the account, and nobody takes it over
        return False
    actor = to.as_actor()
    if duty.agency is None:
        return access.may(actor, duty.act)
    asked = select(duty.agency).select_from(duty.table).where(duty.mine(row)).distinct()
    return all(
        access.may(actor, duty.act, access.AtAgency(agency_id))
        for agency_id in session.scalars(asked)
    )


def hand_over(session: Session, row: Account, to: Mapping[str, Account], actor: Actor) -> None:
    """What goes over has its receiver, kind by kind."""
    for duty in DUTIES:
        if duty.way is Way.OVER and duty.kind in to:
            _hand_over(session, duty, row, to[duty.kind], actor)


def _hand_over(session: Session, duty: Duty, row: Account, to: Account, actor: Actor) -> None:
    """The receiver stands in each row; each has an event of its own."""
    table, values = duty.table, dict(duty.puts(to))
    if "revision" in table.__table__.columns:  # who has it open sees that it changed
        values["revision"] = table.revision + 1
    changed = (
        update(table)
        .where(duty.mine(row))
        .values(values)
        .returning(table.id)
        .execution_options(synchronize_session=False)
    )
    for subject_id in session.scalars(changed).all():
        record_event(
            session,
            "account:handed-over",
            subject_id=subject_id,
            actor=actor,
            data={"kind": duty.kind, "from": row.name, "to": to.name},
        )


def tell_receivers(session: Session, row: Account, to: Mapping[str, Account], actor: Actor) -> None:
    """Each who goes on with something, of all that is theirs now."""
    for account in {found.id: found for found in to.values()}.values():
        inbox.tell(
            session,
            "work-of-leaver",
            to=[account.id],
            subject_id=row.id,
            facts={
                "name": row.person,
                "kinds": [kind for kind, found in to.items() if found.id == account.id],
                "by": actor.account,
                "at": clock.iso(clock.now()),
            },
            href="/",
        )
