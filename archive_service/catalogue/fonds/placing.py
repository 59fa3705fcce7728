"""Case files into another fonds or series: what that changes, and the change itself."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.audit import record_event
from archive_service.catalogue.describing.documents import ChangedField
from archive_service.catalogue.fonds.fonds import FondsClosedError, FondsNotFoundError
from archive_service.catalogue.fonds.series import SeriesNotFoundError
from archive_service.domain.agencies.fonds import Fonds, FondsState, Series
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor

ARRANGED = "case-file:arranged"
SERIES, FONDS = "series", "fonds"  # where a case file stands: no fields of the circular
PLACES = (FONDS, SERIES)


class Standings:
    """Where case files stand, and the fonds and series they may go to; in two statements."""

    def __init__(
        self, session: Session, rows: Sequence[CaseFile], wanted: Sequence[str] = ()
    ) -> None:
        """``wanted``: codes of series that they may go to."""
        agencies = {row.agency_id for row in rows}
        found = session.scalars(select(Fonds).where(Fonds.agency_id.in_(agencies)))
        self._fonds = {fonds.id: fonds for fonds in found}
        held = {row.series_id for row in rows if row.series_id is not None}
        series = session.scalars(
            select(Series).where(
                Series.fonds_id.in_(self._fonds),
                Series.id.in_(held) | (Series.code.in_(wanted) & Series.removed_on.is_(None)),
            )
        )
        self._series: dict[UUID, Series] = {one.id: one for one in series}

    def of(self, row: CaseFile) -> dict[str, str]:
        """Codes of its fonds and its series, "" for none."""
        series = self._series.get(row.series_id) if row.series_id else None
        return {FONDS: self._fonds[row.fonds_id].code, SERIES: series.code if series else ""}

    def changes(self, row: CaseFile, wanted: Mapping[str, str]) -> list[ChangedField]:
        """What of the wanted places is another one; with its fonds it leaves its series.

        Raises:
            FondsNotFoundError: the agency has none of this code.
            FondsClosedError: nothing is put into it any more.
            SeriesNotFoundError: the fonds has no such series.
        """
        was = self.of(row)
        becomes = was | {name: code.strip() for name, code in wanted.items()}
        if becomes[FONDS] != was[FONDS]:
            if self._fonds_of(row, becomes[FONDS]).state is FondsState.CLOSED:
                raise FondsClosedError(code=becomes[FONDS])
            becomes[SERIES] = wanted.get(SERIES, "").strip()
        self._series_of(row, becomes)
        return [
            ChangedField(document=0, field=name, was=was[name], becomes=becomes[name])
            for name in (FONDS, SERIES)
            if was[name] != becomes[name]
        ]

    def put(self, row: CaseFile, changes: Sequence[ChangedField]) -> None:
        """Carry them out in the row."""
        becomes = self.of(row) | {change.field: change.becomes for change in changes}
        row.series_id = self._series_of(row, becomes)
        row.fonds_id = self._fonds_of(row, becomes[FONDS]).id

    def _fonds_of(self, row: CaseFile, code: str) -> Fonds:
        for fonds in self._fonds.values():
            if fonds.code == code and fonds.agency_id == row.agency_id:
                return fonds
        raise FondsNotFoundError(code=code)

    def _series_of(self, row: CaseFile, places: Mapping[str, str]) -> UUID | None:
        if not places[SERIES]:
            return None
        fonds = self._fonds_of(row, places[FONDS])
        for series in self._series.values():
            here = (series.fonds_id, series.code) == (fonds.id, places[SERIES])
            if here and (series.removed_on is None or series.id == row.series_id):
                return series.id
        raise SeriesNotFoundError(fonds=fonds.code, code=places[SERIES])


def put_in_place(
    session: Session, row: CaseFile, wanted: Mapping[str, str], *, reason: str, actor: Actor,
    batch: UUID | None = None,
) -> list[ChangedField]:  # fmt: skip
    """A case file that is held to fonds and series; what changed. Its caller wants the version.

    Raises as ``Standings.changes`` does.
    """
    if not wanted:
        return []
    standings = Standings(session, [row], [wanted.get(SERIES, "").strip()])
    changes = standings.changes(row, wanted)
    if not changes:
        return []
    standings.put(row, changes)
    facts = {change.field: change for change in changes}
    data = {"code": row.code, "reason": reason}
    for name in (FONDS, SERIES):
        if name in facts:
            data |= {f"{name}_was": facts[name].was, name: facts[name].becomes}
    if batch is not None:
        data["batch"] = str(batch)
    record_event(session, ARRANGED, of=row, actor=actor, data=data)
    return changes
