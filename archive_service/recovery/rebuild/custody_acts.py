"""Acts of custody read back, each from the first copy that gives it whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.keeping import act as rows
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.errors import ArchiveError
from archive_service.evidence.compared.told_acts import act_state
from archive_service.keeping.fixity.catalogue import ACT_DIFFERS, SUBJECT
from archive_service.log import logger
from archive_service.notices.incidents import open_incident
from archive_service.recovery.rebuild.left_out import (
    DATABASE,
    LeftOut,
    Passed,
)
from archive_service.recovery.rebuild.listing import iter_keys_of, require_answering
from archive_service.recovery.rebuild.old_database import OldDatabase
from archive_service.recovery.rebuild.proved_acts import ActUnprovedError, ProvedActs
from archive_service.recovery.rebuild.read_side_by_side import side_by_side
from archive_service.storage.acts import ACTS, Act, ActDamagedError, read_act
from archive_service.storage.fixity.verdict import printable_key
from archive_service.storage.port import (
    ObjectNotFoundError,
    ObjectStore,
    ObjectUnreadableError,
    is_key,
)
from archive_service.storage.staging import Staging


@dataclass(frozen=True, slots=True)
class HeldAct:
    """An act, the copy it was read from, and whether all the others hold it too.

    ``is_told``: not one that a lost part of the trail may have told of.
    """

    act: Act
    holder: ObjectStore
    everywhere: bool
    is_told: bool = True

    def row(self, *, written: bool) -> rows.Act:
        """Its row; ``written``: nothing of it is to go out any more."""
        row = row_of_act(self.act)
        row.written, row.is_told = written, self.is_told
        return row


def iter_held(
    copy: ObjectStore,
    others: Sequence[ObjectStore],
    *,
    proved: ProvedActs,
    left_out: LeftOut,
    old: OldDatabase | None = None,
    kind: str | None = None,
) -> Iterator[HeldAct]:
    """Every act that ``copy`` or one of ``others`` holds, once, from the first that gives it whole.

    It has to be one that is ``proved``, or that the ``old`` database knows. What none of them
    gives so is an alarm, and named in ``left_out``. One that a lost part of the trail may have
    told of is named as well, and taken in: it may be a hold. ``kind``: only these.
    """
    copies = [copy, *others]
    judge = _Judge(copies, proved, left_out, old)
    listed = iter_keys_of(copies, f"{ACTS}/{kind}/" if kind else f"{ACTS}/", left_out)
    acts = (
        (key, [name for _, name in found])
        for key, found in groupby(listed, key=lambda pair: pair[0])
        if key.endswith(".json") and _is_ours(key, left_out)
    )
    return (held_act for held_act in side_by_side(judge.held, acts) if held_act is not None)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Which copy's act is taken in, if any."""

    copies: list[ObjectStore]
    proved: ProvedActs
    left_out: LeftOut
    old: OldDatabase | None

    def held(self, holders: tuple[str, list[str]]) -> HeldAct | None:
        """From the first that gives it proved; else the first that nothing speaks against."""
        key, names = holders
        everywhere = len(names) == len(self.copies)
        not_given: list[tuple[str, ArchiveError]] = []
        doubtful: HeldAct | None = None
        for object_store in self.copies:
            try:
                act = _whole(read_act(object_store, key))
                is_proved = self._require_made(act, everywhere=everywhere)
            except ArchiveError as trouble:
                not_given.append((object_store.name, trouble))
                continue
            held_act = HeldAct(act, object_store, everywhere=everywhere, is_told=is_proved)
            if is_proved:
                self._taken(held_act, names, not_given)
                return held_act
            doubtful = doubtful or held_act
        known = self.old.act(key) if self.old is not None else None
        if known is not None:
            self.left_out.taken(key, DATABASE, not_given)
            return HeldAct(known, self.copies[0], everywhere=True)
        if doubtful is not None:
            self._taken(doubtful, names, not_given)
            self.left_out.pass_over(Passed.ACT_UNPROVED_GAP, key)
            return doubtful
        self._pass_over(key, not_given)
        return None

    def _require_made(self, act: Act, *, everywhere: bool) -> bool:
        row = row_of_act(act)
        try:
            return self.proved.require(row, everywhere=everywhere and not self.left_out.silent)
        except ActUnprovedError:
            known = self.old.act(act.key) if self.old is not None else None
            if known is None or act_state(row_of_act(known)) != act_state(row):
                raise
        return True

    def _taken(
        self, held_act: HeldAct, names: list[str], not_given: list[tuple[str, ArchiveError]]
    ) -> None:
        from_holders = [pair for pair in not_given if pair[0] in names]
        self.left_out.taken(held_act.act.key, held_act.holder.name, from_holders)

    def _pass_over(self, key: str, not_given: list[tuple[str, ArchiveError]]) -> None:
        require_answering(self.copies, (trouble for _, trouble in not_given))
        unproved = [pair for pair in not_given if isinstance(pair[1], ActUnprovedError)]
        why = Passed.ACT_UNPROVED if unproved else Passed.ACT_UNSOUND
        copy, trouble = (unproved or not_given)[0]
        logger().error("integrity-alarm", copy=copy, code=trouble.code, key=key)
        self.left_out.pass_over(why, key, reason=trouble, copy=copy)


def tell_planted(session: Session, left_out: LeftOut) -> None:
    """An incident of each act that was left out: such as the comparison with the copies opens.

    It ends once that file is no longer there.
    """
    for passed_over in left_out.passed_over:
        if passed_over.why is Passed.ACT_UNPROVED:
            key = printable_key(passed_over.key)
            facts = {"key": key, "copy": passed_over.facts["copy"]}
            severity = IncidentSeverity.ALARM
            open_incident(session, ACT_DIFFERS, key[:SUBJECT], severity=severity, facts=facts)


def stage_companions(staging: Staging, held: HeldAct, others: Sequence[ObjectStore] = ()) -> bool:
    """A file beside an act waits in staging, as it did before it went out the first time.

    False where no copy has it.
    """
    for key, digest in held.act.companions().items():
        if staging.has(digest):
            continue
        for copy in (held.holder, *others):
            try:
                with copy.open(key) as source:
                    staging.receive(source)
            except (ObjectNotFoundError, ObjectUnreadableError):
                continue
            break
        if not staging.has(digest):
            return False
    return True


def row_of_act(act: Act) -> rows.Act:
    """Its row, as long as it is to go out."""
    document = act.document
    companion = next(iter(document.get("companions", [])), None)
    return rows.Act(
        id=UUID(document["id"]),
        kind=document["kind"],
        subject_id=document["subject_id"],
        at=clock.parse_iso(document["at"]),
        document=document["body"],
        companion_sha256=companion and companion["sha256"],
        companion_suffix=companion["name"].rpartition(".")[2] if companion else "",
        written=False,
    )


def held_by_all(copies: Sequence[ObjectStore], key: str) -> bool:
    """Whether something lies under this key in each of them."""
    try:
        for copy in copies:
            copy.stat(key)
    except ObjectNotFoundError:
        return False
    return True


def _whole(act: Act) -> Act:
    """``ActDamagedError`` unless it has all that a row is made of, and lies where it would."""
    document = act.document
    try:
        UUID(document["id"])
        complete = isinstance(document["body"], dict) and bool(
            document["kind"] and document["subject_id"]
        )
        complete = complete and act.is_in_its_place()
    except (KeyError, ValueError, TypeError, AttributeError):
        complete = False
    if not complete:
        raise ActDamagedError(key=act.key)
    return act


def _is_ours(key: str, left_out: LeftOut) -> bool:
    """No act of ours has a name that another kind of store would not take."""
    if not is_key(key):
        left_out.pass_over(Passed.FOREIGN, key, copies="")
    return is_key(key)
