"""Registers (sổ): shown, written out, and closed with a signed paper in every copy."""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import access, clock, messages
from archive_service.audit import record_event
from archive_service.db.numbers import waiting_numbers
from archive_service.domain.intake.handover import HANDOVER_RECORD
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.report import REGISTER, ClosedRegister
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, NotAllowedError, NotFoundError
from archive_service.evidence import check_codes as codes
from archive_service.evidence.companions import read_companion
from archive_service.evidence.write_out import write_out_evidence
from archive_service.forms import docx, words, xlsx
from archive_service.forms.frozen_form import KEY, frozen, thawed
from archive_service.forms.signed_form import SignatureWords, print_signed
from archive_service.forms.table_form import (
    TEMPLATE,
    FormColumn,
    FormRow,
    FormSigner,
    TableForm,
    data_of,
    for_press,
)
from archive_service.reports.registers import REGISTERS, count_of_year, register_named, rows_of_year
from archive_service.services import Services
from archive_service.storage.staging import StagedObject
from archive_service.storage.work_folder import work_place

MEDIA_TYPES = {"pdf": "application/pdf", "docx": docx.MEDIA_TYPE, "xlsx": xlsx.MEDIA_TYPE}


class RegisterOpenError(ConflictError):
    """The year is not over: what is still to come belongs into its register."""

    code = "register-year-open"


class RegisterNumbersWaitError(ConflictError):
    """Numbers that were used on paper still wait for their papers."""


class RegisterNotClosedError(NotFoundError):
    """The register of this year was not closed, so there is no signed paper of it."""


class RegisterOfAllError(NotAllowedError):
    """The closed register is of every agency; the account is of one."""


def list_registers(services: Services, *, actor: Actor) -> list[dict[str, Any]]:
    """List the registers and the years that were closed."""
    access.require(actor, "register:read")
    with services.read_only() as session:
        closed = session.scalars(select(ClosedRegister).order_by(ClosedRegister.year.desc())).all()
        return [
            {
                "name": name,
                "label": _words(f"{name}.name"),
                "closed": [_document(row) for row in closed if row.name == name],
            }
            for name in REGISTERS
        ]


def register_years(services: Services, *, actor: Actor) -> list[int]:
    """The years that registers can be of: from the archive's first act to now, newest first."""
    access.require(actor, "register:read")
    this_year = clock.today().year
    with services.read_only() as session:
        began = session.scalar(select(func.min(Act.at)))
        closed = session.scalar(select(func.min(ClosedRegister.year)))
    first = min(clock.local(began).year if began else this_year, closed or this_year)
    return list(range(this_year, first - 1, -1))


def register_rows(
    services: Services, name: str, year: int, *, actor: Actor, limit: int, offset: int
) -> dict[str, Any]:
    """``{heads, rows, total, closed}``: a part of a year's register.

    An account of one agency reads the rows of that agency alone.
    """
    access.require(actor, "register:read")
    of = actor.agency_id
    with services.read_only() as session:
        rows = rows_of_year(session, name, year, agency_id=of, limit=limit, offset=offset)
        return {
            "heads": _heads(name),
            "rows": list(rows),
            "total": count_of_year(session, name, year, agency_id=of),
            "closed": _closed(session, name, year),
        }


def write_register(
    services: Services, name: str, year: int, form: str, *, actor: Actor
) -> tuple[str, bytes]:
    """Name and bytes of the register as ``docx`` or ``xlsx``; or the ``pdf`` that closed it.

    Of a closed one all of them say what was signed, whatever was described anew since; an account
    of one agency is given the rows of that agency as they are now.

    Raises:
        RegisterUnknownError, RegisterNotClosedError, NoSoundCopyError
        RegisterOfAllError: the paper that closed it tells of other agencies.
    """
    access.require(actor, "register:read")
    register_named(name)
    of, file = actor.agency_id, f"so-{name}-{year}.{form}"
    if form == "pdf":
        _require_all(actor, name)
        return file, _signed(services, name, year)
    with services.read_only() as session:
        closed = _closed(session, name, year) if of is None else None
        table = None if closed is None else thawed(_act_of(session, closed).document)
        if table is None:
            rows = rows_of_year(session, name, year, agency_id=of)
            table = _table(services, name, year, rows)
    with work_place(services.work_folder, "register-") as place:
        target = place / file
        write = docx.write_docx if form == "docx" else xlsx.write_xlsx
        write(for_press(table, services.press), target)
        return file, target.read_bytes()


def close_register(services: Services, name: str, year: int, *, actor: Actor) -> dict[str, Any]:
    """Print the register of a year that is over, sign it, keep it in every copy. Again: the same.

    Raises:
        ActNotAllowedError, RegisterUnknownError
        RegisterOfAllError: ``actor`` is of one agency.
        RegisterOpenError: the year is not over.
        RegisterNumbersWaitError: papers of an outage are still to be entered.
    """
    _require_may_close(actor, name)
    with services.read_only() as session:
        if (done := _closed(session, name, year)) is not None:
            return done
    if year >= clock.today().year:
        raise RegisterOpenError(year=year)
    at = clock.now().replace(microsecond=0)
    with services.read_only() as session:
        _require_settled(session, name, year)
        rows = list(rows_of_year(session, name, year))
    table, check = _table(services, name, year, rows), codes.check_code(uuid4().hex)
    staged = _printed(services, table, at=at, check=check)
    with services.unit_of_work() as uow:
        if (done := _closed(uow.session, name, year)) is not None:  # another was quicker
            return done
        row = ClosedRegister(
            id=uuid4(),
            name=name,
            year=year,
            rows=len(rows),
            closed_at=at,
            closed_by=actor.account,
            sha256=staged.sha256,
        )
        uow.session.add(row)
        document = _document(row)
        uow.session.add(
            Act(
                kind=REGISTER,
                subject_id=str(row.id),
                at=at,
                document=document | frozen(table),
                companion_sha256=staged.sha256,
                companion_suffix="pdf",
            )
        )
        record_event(uow.session, "register:closed", subject_id=row.id, actor=actor, data=document)
        handed = {"kind": codes.REGISTER, "number": f"{name} {year}", "sha256": row.sha256}
        codes.note_handed_out(uow.session, check, handed, actor=actor, agency_id=None)
        uow.commit()
    write_out_evidence(services)
    return document


def _printed(services: Services, table: TableForm, *, at: dt.datetime, check: str) -> StagedObject:
    with work_place(services.work_folder, "register-") as place:
        print_signed(
            TEMPLATE,
            data_of(table),
            place / "signed.pdf",
            signer=services.signer(),
            at=at,
            said=SignatureWords(_words("closing"), services.settings.archive.place, "ChuKyDongSo"),
            press=codes.press_bearing(services, check),
        )
        with (place / "signed.pdf").open("rb") as source:
            return services.staging.receive(source)


def _require_may_close(actor: Actor, name: str) -> None:
    access.require(actor, "register:close")
    register_named(name)
    _require_all(actor, name)


def _require_all(actor: Actor, name: str) -> None:
    if actor.agency_id is not None:
        raise RegisterOfAllError(name=_words(f"{name}.name"))


def _require_settled(session: Session, name: str, year: int) -> None:
    if name == "handovers" and (wait := waiting_numbers(session, HANDOVER_RECORD, year)):
        raise RegisterNumbersWaitError(
            numbers=", ".join(reserved_number.text for reserved_number in wait)
        )


def restore_registers(session: Session, bodies: Iterable[dict[str, Any]]) -> None:
    """The rows of what was closed, from their acts."""
    for body in bodies:
        facts = body | {"id": UUID(body["id"]), "closed_at": clock.parse_iso(body["closed_at"])}
        facts.pop(KEY, None)
        session.add(ClosedRegister(**facts))


def _closed(session: Session, name: str, year: int) -> dict[str, Any] | None:
    row = session.scalar(
        select(ClosedRegister).where(ClosedRegister.name == name, ClosedRegister.year == year)
    )
    return None if row is None else _document(row)


def _document(row: ClosedRegister) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.name,
        "year": row.year,
        "rows": row.rows,
        "closed_at": clock.iso(row.closed_at),
        "closed_by": row.closed_by,
        "sha256": row.sha256,
    }


def _signed(services: Services, name: str, year: int) -> bytes:
    with services.read_only() as session:
        closed = _closed(session, name, year)
        if closed is None:
            raise RegisterNotClosedError(name=_words(f"{name}.name"), year=year)
        act = _act_of(session, closed)
    return read_companion(act, staging=services.staging, copies=services.copies)


def _act_of(session: Session, closed: dict[str, Any]) -> Act:
    query = select(Act).where(Act.kind == REGISTER, Act.subject_id == closed["id"])
    return session.scalars(query).one()


def _heads(name: str) -> list[str]:
    return [_words(f"heads.{key}") for key, _ in register_named(name).columns]


def _table(services: Services, name: str, year: int, rows: Iterable[tuple[str, ...]]) -> TableForm:
    archive = services.settings.archive
    return register_form(
        name,
        year,
        rows,
        archive=archive.name,
        above=archive.superior,
        place=archive.place,
        on=clock.today(),
    )


def register_form(
    name: str,
    year: int,
    rows: Iterable[tuple[str, ...]],
    *,
    archive: str,
    place: str,
    on: dt.date,
    above: str = "",
) -> TableForm:
    """The register as it is printed; each row is begun by its ordinal."""
    found = [FormRow(row) for row in rows]
    columns = [
        FormColumn(head, width)
        for head, (_, width) in zip(_heads(name), register_named(name).columns, strict=True)
    ]
    facts = {"count": words.count(len(found)), "in_words": words.number_in_words(len(found))}
    return TableForm(
        issuer=archive,
        issuer_above=above,
        name=_words(f"{name}.name"),
        about=[_words("year", year=year)],
        place_and_date=f"{place}, {words.day_in_words(on)}",
        columns=columns,
        rows=found,
        totals=[_words("total", **facts)],
        signers=[FormSigner(_words("signer"))],
        numbered=True,
        landscape=True,
    )


def _words(key: str, **facts: object) -> str:
    """Words of registers; an official paper is in Vietnamese."""
    return messages.text(f"forms.registers.{key}", "vi", **facts)
