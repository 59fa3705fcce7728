"""Which agency a declared code belongs to, and whether this sender may send for it."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.agencies.agency import Agency, AgencyIdentifier, AgencySuccession
from archive_service.domain.agencies.code_scheme import FondsScheme, read_by_scheme
from archive_service.domain.agencies.fonds import Fonds, FondsState
from archive_service.domain.agencies.record_code import (
    MalformedRecordCodeError,
    RecordCode,
    parse_record_code,
)
from archive_service.text import nfc

_AT_ONCE = 500  # values of one IN


@dataclass(frozen=True, slots=True)
class KnownAgency:
    """An agency under one of its identifiers."""

    id: UUID
    identifier: str
    served: bool
    valid_from: dt.date | None = None  # first and last day of the identifier, where known
    valid_to: dt.date | None = None
    schemes: tuple[FondsScheme, ...] = ()  # of its open fonds whose codes bear no year

    def is_borne_in(self, year: int) -> bool:
        """Whether the agency bore the identifier on some day of the year."""
        return (self.valid_from is None or self.valid_from.year <= year) and (
            self.valid_to is None or year <= self.valid_to.year
        )


def agencies_of(session: Session, codes: Iterable[str]) -> dict[str, KnownAgency]:
    """The agencies that any reading of ``codes`` may name, by identifier."""
    prefixes = sorted({prefix for code in codes for prefix in _prefixes(code)})
    known: dict[str, KnownAgency] = {}
    for start in range(0, len(prefixes), _AT_ONCE):
        rows = session.execute(
            select(
                AgencyIdentifier.code,
                Agency.id,
                Agency.served,
                AgencyIdentifier.valid_from,
                AgencyIdentifier.valid_to,
            )
            .join(Agency, Agency.id == AgencyIdentifier.agency_id)
            .where(AgencyIdentifier.code.in_(prefixes[start : start + _AT_ONCE]))
        )
        known.update({row[0]: KnownAgency(row[1], row[0], *row[2:]) for row in rows})
    return _with_schemes(session, known)


def _with_schemes(session: Session, known: dict[str, KnownAgency]) -> dict[str, KnownAgency]:
    query = select(Fonds.agency_id, Fonds.code, Fonds.code_scheme).where(
        Fonds.agency_id.in_({known_agency.id for known_agency in known.values()}),
        Fonds.code_scheme != "",
        Fonds.state == FondsState.OPEN,
    )
    declared = session.execute(query).all() if known else []
    if not declared:
        return known
    return {
        name: replace(
            known_agency,
            schemes=tuple(
                FondsScheme(name, fonds, scheme)
                for agency_id, fonds, scheme in declared
                if agency_id == known_agency.id
            ),
        )
        for name, known_agency in known.items()
    }


def schemes_in(known: Mapping[str, KnownAgency]) -> list[FondsScheme]:
    """Every scheme that a fonds of these agencies declares."""
    return [scheme for known_agency in known.values() for scheme in known_agency.schemes]


def read_code(text: str, known: Mapping[str, KnownAgency]) -> RecordCode | None:
    """The record code, or ``None`` where it is malformed: the check of codes reports how.

    One without a year is read by the scheme that a fonds of its agency declares.
    """
    try:
        return parse_record_code(text, known)
    except MalformedRecordCodeError:
        return read_by_scheme(text, schemes_in(known))


def code_of_year(text: str, known: Mapping[str, KnownAgency], year: int) -> RecordCode:
    """The record code as ``read_code`` reads it; one without a year is of this one.

    Raises:
        MalformedRecordCodeError: it says what is wrong.
    """
    code = read_code(text, known)
    if code is None:
        return parse_record_code(text, known)
    return replace(code, year=year) if code.fonds else code


def predecessors(session: Session, agency_id: UUID) -> set[UUID]:
    """The agencies that this one took over from, directly or through others."""
    found: set[UUID] = set()
    waiting = {agency_id}
    while waiting:
        rows = session.scalars(
            select(AgencySuccession.predecessor_id).where(
                AgencySuccession.successor_id.in_(waiting)
            )
        )
        waiting = set(rows) - found
        found |= waiting
    return found


def _prefixes(code: str) -> Iterable[str]:
    parts = nfc(code).strip()[:100].split(".")
    return (".".join(parts[:end]) for end in range(1, len(parts)))
