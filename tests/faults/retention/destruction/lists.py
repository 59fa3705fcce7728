"""Lists from their proposal to their execution, each step as its page takes it."""

from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select

from archive_service.access import ActNotAllowedError
from archive_service.domain.retention.disposition import Disposition, DispositionItem, ItemState
from retention.disposition import acts as disposition_acts
from retention.disposition.acts import DispositionChangedError, NothingProposedError
from retention.disposition.appraisal import Verdict
from retention.disposition.decision.acts import DispositionOwnError, approve
from retention.disposition.execution import execute
from retention.disposition.given import DecisionApproval, ListShown, Review
from retention.disposition.list_digest import DispositionStaleError
from tests.faults.retention.destruction.home import CODES
from tests.faults.retention.destruction.law import Item, Listed, Stage
from tests.faults.retention.destruction.terms import Archive
from tests.worlds.retention.dispositions import HEAD, REASON, heard, new_otp, proposed

DESTROY, WAIT = Verdict.parse("destroy"), Verdict.parse("wait")


@dataclass
class Lists(Archive):
    """Archivist, council and head of the agency."""

    def propose(self, wanted: frozenset[int]) -> Listed | None:
        """A list of those that may be proposed; the others are refused."""
        law = self.law
        refused = {number for number in wanted if not law.may_be_listed(number)}
        try:
            told = proposed(self.services, *(CODES[number] for number in sorted(wanted)))
        except NothingProposedError:
            assert refused == wanted
            return None
        found = {
            disposition_item.code
            for disposition_item in told.items
            if disposition_item.state == "refused"
        }
        assert found == {CODES[number] for number in refused}
        items = {
            number: Item(law.editions[number], law.ends(number))
            for number in sorted(wanted - refused)
        }
        listed = Listed(told.id, items)
        law.lists.append(listed)
        return listed

    def decide(self, wanted: frozenset[int], *, approved: bool) -> None:
        """One more list, that is being carried out, or waits for the head of the agency."""
        listed = self.propose(wanted)
        while listed is not None and listed.stage is not Stage.OVER:
            if listed.stage is (Stage.EXECUTING if approved else Stage.SUBMITTED):
                return
            self.go_on(listed)

    def nth_open(self, nth: int) -> Listed:
        """One of the lists that are not over."""
        lists = list(self.law.open_lists())
        return lists[nth % len(lists)]

    def go_on(self, listed: Listed) -> None:
        """The next step of a list."""
        if listed.stage is Stage.PROPOSED:
            self.review(listed, frozenset())
        elif listed.stage is Stage.REVIEWED:
            self._submit(listed)
        elif listed.stage is Stage.SUBMITTED:
            self._approve(listed)
        elif listed.stage is Stage.APPROVED:
            self.execute(listed)

    def review(self, listed: Listed, waiting: frozenset[int]) -> None:
        """All of it goes but for these, which wait; may be done again until the decision."""
        law, items = self.law, listed.standing()
        for number, item in items.items():
            item.edition, item.ends = law.editions[number], law.ends(number)
            item.goes = number not in waiting
        verdicts = {CODES[number]: DESTROY if item.goes else WAIT for number, item in items.items()}
        told = disposition_acts.review(
            self.services,
            listed.id,
            Review(outcomes=verdicts, reason=REASON),
            actor=self._who("lan"),
        )
        if told.list_sha256 != listed.sha256:
            listed.heard = ""  # votes are void, also where it becomes what it once was
        listed.stage, listed.sha256 = Stage.REVIEWED, told.list_sha256 or ""

    def change(self, listed: Listed, waiting: frozenset[int]) -> None:
        """What waits for the head becomes another list: reviewed, heard and submitted anew."""
        if listed.stage in (Stage.REVIEWED, Stage.SUBMITTED):
            self.review(listed, waiting)
            self._submit(listed)

    def _submit(self, listed: Listed) -> None:
        if listed.heard != listed.sha256 and any(item.goes for item in listed.standing().values()):
            heard(self.services, listed.id)
            listed.heard = listed.sha256
        if self.law.changed(listed):
            with pytest.raises(DispositionChangedError):
                disposition_acts.submit(
                    self.services, listed.id, ListShown(), actor=self._who("lan")
                )
            self.review(listed, frozenset())
            return
        disposition_acts.submit(self.services, listed.id, ListShown(), actor=self._who("lan"))
        listed.stage = Stage.SUBMITTED
        listed.shown.append(listed.sha256)

    def _approve(self, listed: Listed) -> None:
        """Not by the proposer, nor by an older list, nor as it was; else by the head."""
        services, head = self.services, self._who(HEAD)
        with pytest.raises(ActNotAllowedError):
            approve(services, listed.id, DecisionApproval(), actor=self._who("lan"))
        with pytest.raises(DispositionOwnError):  # who proposed it became the head
            approve(services, listed.id, DecisionApproval(), actor=replace(head, account="lan"))
        for shown in set(listed.shown) - {listed.sha256}:
            with pytest.raises(DispositionStaleError):
                approve(services, listed.id, DecisionApproval(list_sha256=shown), actor=head)
        otp, sha256 = new_otp(services, HEAD), listed.sha256
        if self.law.changed(listed):
            with pytest.raises(DispositionChangedError):
                approve(
                    services, listed.id, DecisionApproval(otp=otp, list_sha256=sha256), actor=head
                )
            self.review(listed, frozenset())
            return
        told = approve(
            services, listed.id, DecisionApproval(otp=otp, list_sha256=sha256), actor=head
        )
        for number, item in listed.standing().items():
            item.stands = bool(item.goes) and self.law.may_be_listed(number, listed)
        listed.stage = Stage.APPROVED if listed.standing() else Stage.OVER
        assert told.state == listed.stage.value

    def execute(self, listed: Listed) -> None:
        """Asked for twice; the second time nothing more comes of it."""
        if listed.stage in (Stage.APPROVED, Stage.EXECUTING):
            for _ in range(2):
                execute(self.services, listed.id, ListShown(), actor=self._who("lan"))
            listed.stage = Stage.EXECUTING

    def leave_out(self, had_to_go: set[int]) -> None:
        """What the gate would not take is over for its list; it was none that it had to take."""
        with self.services.read_only() as session:
            left = select(DispositionItem).where(DispositionItem.state == ItemState.LEFT_OUT)
            rows = {
                (disposition_item.disposition_id, disposition_item.code)
                for disposition_item in session.scalars(left)
            }
        for listed in self.law.lists:
            for number, item in listed.standing().items():
                if (listed.id, CODES[number]) in rows:
                    assert number not in had_to_go
                    item.stands = False

    def require_lists(self) -> None:
        """Each stands where our books say, with what may still go by it."""
        with self.services.read_only() as session:
            rows = {
                disposition.id: disposition for disposition in session.scalars(select(Disposition))
            }
            assert rows.keys() == {one.id for one in self.law.lists}
            for listed in self.law.open_lists():
                row = rows[listed.id]
                over = listed.stage is Stage.EXECUTING and row.state.value == Stage.OVER
                assert over or row.state.value == listed.stage
                may = {
                    disposition_item.code
                    for disposition_item in row.items
                    if disposition_item.state is ItemState.APPROVED
                }
                if listed.stage in (Stage.APPROVED, Stage.EXECUTING):
                    known = {CODES[number] for number in listed.standing()}
                    assert may <= known
