"""Running numbers of forms: one counter a form and year."""

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from archive_service.db.upsert import insert_of
from archive_service.domain.intake.outage import ReservedNumber
from archive_service.domain.keeping.job import FormNumber


def draw_number(session: Session, form: str, year: int, *, after: int = 0) -> int:
    """The next number of a form in a year: no gap and no double if the caller commits it.

    Who draws at the same time waits for the commit, the first draw of a year too. ``after`` is the
    last number that is known otherwise, where the counter did not come back with a rebuild.
    """
    insert = insert_of(session)
    last = case((FormNumber.last > after, FormNumber.last), else_=after)
    drawn: int = session.scalars(
        insert(FormNumber)
        .values(form=form, year=year, last=after + 1)
        .on_conflict_do_update(index_elements=["form", "year"], set_={"last": last + 1})
        .returning(FormNumber.last)
    ).one()
    return drawn


def coming_number(session: Session, form: str, year: int) -> int:
    """What ``draw_number`` would give now; another may draw it first."""
    given = select(FormNumber.last).where(FormNumber.form == form, FormNumber.year == year)
    return (session.scalar(given) or 0) + 1


def waiting_numbers(session: Session, form: str, year: int | None = None) -> list[ReservedNumber]:
    """Numbers whose paper has still to be entered, in their order."""
    query = select(ReservedNumber).where(
        ReservedNumber.form == form,
        ReservedNumber.used_by.is_(None),
        ReservedNumber.void_reason == "",
    )
    if year is not None:
        query = query.where(ReservedNumber.year == year)
    return list(session.scalars(query.order_by(ReservedNumber.year, ReservedNumber.number)))
