"""Whoever changes a case file or its term, and what must come of it."""

import datetime as dt
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import select

from archive_service.access import ActNotAllowedError
from archive_service.catalogue.linking.acts import end_link, link
from archive_service.catalogue.linking.given import LinkIn, UnlinkIn
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.errors import ArchiveError
from archive_service.services import Services
from archive_service.storage.held import CaseFileHeldError
from archive_service.storage.ocfl.root import object_root
from archive_service.storage.port import ObjectStore
from archive_service.worker import run_one
from archive_service.workflow.case_file import STEPS
from retention.schedules import acts as schedules_acts
from retention.schedules.what_if import acts as what_if_acts
from retention.terms.acts import explain_case_file, record_case_event, withdraw_case_event
from retention.terms.documents import MovedDocument
from retention.terms.given import EventIn, RuleIn, WithdrawIn
from retention.terms.rule_choice import choose_group
from tests.faults.retention.destruction.home import CODES, adopt_schedule, load_schedule
from tests.faults.retention.destruction.law import EVENT, Law
from tests.worlds.archive import person

ENDED = "contract-ends"
_Told = TypeVar("_Told")


@dataclass
class Archive:
    """The archive itself, and our own books beside it."""

    services: Services
    home: Path
    law: Law
    away: Path | None = None  # where the second copy is, while it is
    editions: int = 1  # of the schedule
    # Of each whose former versions may name a document of it; the certificate tells that they stay.
    named_by: dict[int, set[int]] = field(default_factory=dict)
    stack: ExitStack = field(default_factory=ExitStack)

    def choose(self, which: int, entry: str) -> None:
        """A person puts it under an entry of the schedule as it holds now."""
        told = self._edited(
            which,
            lambda code: choose_group(
                self.services,
                code,
                RuleIn(rule=entry, reason="Nhóm tương đương"),
                actor=self._who("lan"),
            ),
        )
        if told is not None:
            rule, before = self.law.rule(entry), self.law.rules[which]
            self.law.rules[which] = rule
            assert told.moved == (rule != before)
            self._settle(which, moved=rule != before)

    def happen(self, which: int, on: dt.date) -> None:
        """What its term may count from is recorded, however late."""
        told = self._edited(
            which,
            lambda code: record_case_event(
                self.services,
                code,
                EventIn(kind=ENDED, on=on, basis="BB 7"),
                actor=self._who("lan"),
            ),
        )
        if told is not None:
            self._follow(which, told, self.law.events.get(which, set()) | {on})

    def take_back(self, which: int) -> None:
        """The last event was recorded by mistake."""
        days = self.law.events.get(which, set())
        if not days or which in self.law.claimed:
            return
        known = explain_case_file(self.services, CODES[which], actor=self._who("lan"))
        (event,) = [
            event.id
            for event in known.events
            if event.withdrawn_at is None and event.happened_on == max(days)
        ]
        told = self._edited(
            which,
            lambda code: withdraw_case_event(
                self.services, code, event, WithdrawIn(reason="Ghi nhầm"), actor=self._who("lan")
            ),
        )
        if told is not None:
            self._follow(which, told, days - {max(days)})

    def _follow(self, which: int, told: MovedDocument, days: set[dt.date]) -> None:
        before = self.law.ends(which)
        self.law.events[which] = days
        moved = self.law.rules[which].entry == EVENT and self.law.ends(which) != before
        assert told.moved == moved
        self._settle(which, moved=moved)

    def link(self, which: int, by: int) -> None:
        """A document of the one belongs to the other as well, whose next version names it."""
        if which == by or (which, by) in self.law.links or self.is_short():
            return
        if which in self.law.claimed:
            with pytest.raises(ArchiveError):
                self._link(which, CODES[by])
        elif told := self._edited(by, lambda code: self._link(which, code)):
            self.law.links[which, by] = told["ordinal"]
            self.named_by.setdefault(which, set()).add(by)
            self._settle(by, moved=True)

    def end_link(self, which: int, by: int) -> None:
        """The other one names it no more, in its next version."""
        ordinal, lan = self.law.links[which, by], self._who("lan")
        told = self._edited(
            by,
            lambda code: end_link(self.services, code, ordinal, UnlinkIn(reason="Nhầm"), actor=lan),
        )
        if told is not None:
            del self.law.links[which, by]
            self._settle(by, moved=True)

    def _link(self, which: int, target: str) -> dict[str, Any]:
        lan = self._who("lan")
        return link(
            self.services, CODES[which], 1, LinkIn(into=target, reason="Dùng chung"), actor=lan
        ).as_json()

    def new_edition(self, short: int, *, adopted: bool) -> None:
        """An edition of the schedule is tried, then adopted by another: it moves no term."""
        if self.is_short():
            return
        self.editions += 1
        place = self.home.parent
        draft = load_schedule(self.services, place, edition=self.editions, short=short)
        what_if_acts.start(self.services, draft, actor=self._who("lan"))
        while run_one(self.services, names=(what_if_acts.TRY_JOB,)):
            pass
        with pytest.raises(ActNotAllowedError):
            schedules_acts.decide(
                self.services, draft, adopt=True, reason="QĐ 9", actor=self._who("lan")
            )
        if adopted:
            adopt_schedule(self.services, draft)
            self.law.short = short

    def _edited(self, which: int, act: Callable[[str], _Told]) -> _Told | None:
        """What the act tells; nothing where it is refused, as of what is held or claimed it is."""
        if self.is_short():
            return None
        if which in self.law.claimed or self.law.is_held(which):
            with pytest.raises(
                CaseFileHeldError if which not in self.law.claimed else ArchiveError
            ):
                act(CODES[which])
            return None
        return act(CODES[which])

    def _settle(self, which: int, *, moved: bool) -> None:
        """Workers put what was changed into the copies."""
        while run_one(self.services, names=tuple(STEPS)):
            pass
        if moved:
            self.law.editions[which] += 1
        with self.services.read_only() as session:
            row = session.scalars(select(CaseFile).where(CaseFile.code == CODES[which])).one()
        assert row.version_stored == self.law.editions[which]
        self.law.files[which] |= self.stored(row)

    def stored(self, row: CaseFile) -> dict[str, int]:
        """Files of it in each copy that is there."""
        root = f"{object_root(row.ocfl_id)}/"
        return {copy.name: sum(1 for _ in copy.iter_keys(root)) for copy in self.copies()}

    def is_short(self) -> bool:
        """Whether a copy in use is away: what is changed then waits for it."""
        return self.away is not None and not self.law.retired

    def copies(self) -> list[ObjectStore]:
        """Those that are there."""
        return [store for store in self.services.stores if not (store.name == "kho2" and self.away)]

    def _who(self, name: str) -> Any:  # an Actor
        return person(self.services, name)
