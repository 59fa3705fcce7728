"""Hash trees renewed before their digest algorithm ends (RFC 4998, 5.3).

Every object is read once and hashed anew, with the reading of the copies that is due anyway
(``keeping.fixity.rehashing``). What was read comes under one stamp each day, in a new tree: of each
object the new digest with that of its chains so far, in a group with the digests of its files.
"""

import datetime as dt
import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from uuid import UUID

from sqlalchemy import ColumnElement, Exists, Select, exists, func, select, update
from sqlalchemy.orm import QueryableAttribute, Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.unit_of_work import take_write_lock
from archive_service.document import Document, Moment
from archive_service.domain.case_files.case_file import CaseFile, PackageVersion
from archive_service.domain.keeping.act import Act, few_of
from archive_service.domain.keeping.audit_event import AuditSegment
from archive_service.domain.keeping.rehashed import Rehashed
from archive_service.domain.people.account import Actor
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.evidence.companions import read_companion
from archive_service.evidence.outside.asking import FIRST, SECOND, token_over, used_services
from archive_service.evidence.outside.chains import chains_of, chains_of_note, joined
from archive_service.evidence.outside.hash_tree import HashTree, digest_of, node, tree_root
from archive_service.evidence.outside.lasting import (
    Algorithms,
    TreeChange,
    end_of,
    load_algorithms,
    tree_change,
)
from archive_service.evidence.outside.objects import ObjectTrees, members_of, rows_of
from archive_service.evidence.outside.renewals import RENEWAL, Renewal, by_renewed, iter_renewals
from archive_service.evidence.outside.renewing import act_of, facts_of
from archive_service.evidence.outside.stamping import LogStamp, iter_stamps, stamped_digests
from archive_service.evidence.write_out import write_out_evidence
from archive_service.home_rules import HomeRulesError
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.services import Services
from archive_service.signing.archive_stamp import Stamp
from archive_service.storage.copies.lag import IS_HELD

RENEWED = "evidence:trees-renewed"
ENDING = "trees-ending"  # a kind of incident
_SUBJECT = "log"
_MOST = 10_000  # objects in one tree: a record of one is made by reading its tree


class TreesDocument(Document):
    """How far the change of hash trees to another digest algorithm is.

    ``objects`` are versions held and segments of the trail; ``read`` of them were hashed anew, and
    ``stamped`` of these are under a new stamp. ``late``: not, though a whole pass over the copies
    ago they were there. ``ends_at``: the old algorithm's end; after it, all that is not is late.
    """

    algorithm: str
    ends_at: Moment
    objects: int
    read: int
    stamped: int
    late: int


def change_under_way(services: Services) -> TreeChange | None:
    """What hash trees change to now: two passes over the copies before the notice at the latest."""
    settings = services.settings
    algorithms = load_algorithms(settings.home)
    days = 2 * _days_of_pass(services) + settings.signing.expiry_days
    return tree_change(algorithms, days=days)


def _days_of_pass(services: Services) -> int:
    fixity = services.settings.fixity
    return max([fixity.every_days, *fixity.every_days_of.values()])


def renew_trees(services: Services, *, actor: Actor) -> TreesDocument | None:
    """Have all that was read again since stamped in new trees; ``None``: no change is under way.

    A token that ends with the old algorithm, since its service still signs by that, is not kept.
    What is left so near to the end is an incident.

    Raises:
        ActNotAllowedError: the account may not.
        TimestampUnavailableError, DemoStampError, SigningKeyError: see ``token_over``.
        HomeRulesError: the home's table of algorithms cannot be read.
    """
    access.require(actor, "audit:seal")
    change = change_under_way(services)
    _take_back(services)
    used = used_services(services)
    if change is not None:
        for service in used:
            others = set(used) - {service} if service == used[0] else {FIRST, SECOND} - {service}
            _renew(services, service, others, change, actor)
    return _tell(services, change)


def change_known(services: Services) -> TreeChange | None:
    """The same for those who only ride on it: a table that does not read is told elsewhere."""
    try:
        return change_under_way(services)
    except HomeRulesError:
        return None


def trees_told(services: Services) -> TreesDocument | None:
    """How far it is, and nothing done."""
    change = change_known(services)
    if change is None:
        return None
    with services.read_only() as session:
        return _counted(session, change, days=_days_of_pass(services))


@dataclass(frozen=True, slots=True)
class _Group:
    """An object with its files, as its row tells of them, and their leaf in the new tree."""

    row: Rehashed
    leaf: bytes

    @property
    def line(self) -> str:
        """As the file beside the act holds it: the object first."""
        own = self.row.object_sha256
        files = sorted(self.row.digests.items() - {(own, self.row.digests[own])})
        pairs = chain([(own, self.row.digests[own])], files)
        return " ".join([self.leaf.hex(), *chain.from_iterable(pairs)])


def _renew(
    services: Services, service: str, others: Collection[str], change: TreeChange, actor: Actor
) -> None:
    """Trees of all that waits, but for what stamps of the others are over."""
    algorithms = load_algorithms(services.settings.home)
    with services.read_only() as session:
        renewals = list(iter_renewals(session))
        stamps = [stamp for stamp in iter_stamps(session) if stamp.service not in others]
        waiting = _Waiting(session, stamps, renewals, change.algorithm)
        notes = waiting.notes(algorithms)
        groups = waiting.groups()
        while (some := list(islice(groups, _MOST))) or notes:
            _stamp(services, service, change, notes, some, actor)
            notes = []


class _Waiting:
    """What is not in a tree by the new algorithm yet, of these stamps."""

    def __init__(
        self,
        session: Session,
        stamps: Sequence[LogStamp],
        renewals: Sequence[Renewal],
        algorithm: str,
    ) -> None:
        self._session, self._stamps, self._algorithm = session, stamps, algorithm
        self._renewals, self._renewed = renewals, by_renewed(renewals)
        self._trees = [
            HashTree(stamped_digests(session, stamp.checkpoint, stamp.after)) for stamp in stamps
        ]

    def notes(self, algorithms: Algorithms) -> list[bytes]:
        """Leaves of the stamps' own checkpoints, but for what lapsed: it would prove nothing."""
        found = []
        for stamp, tree in zip(self._stamps, self._trees, strict=True):
            chains = chains_of_note(stamp, tree, self._renewed)
            last = chains[-1][-1].stamp
            if last.algorithm != self._algorithm and end_of(last.token, algorithms) > clock.now():
                text = stamp.checkpoint.note.encode()
                digest = digest_of(text, self._algorithm)
                found.append(joined(digest, chains, self._algorithm))
        return found

    def groups(self) -> Iterator[_Group]:
        """Objects that were read again, each by the first stamp over it."""
        query = select(Rehashed.object_sha256).where(
            Rehashed.algorithm == self._algorithm, Rehashed.act_id.is_(None)
        )
        waiting = set(self._session.scalars(query))
        trees = ObjectTrees(self._session, self._renewals)
        for stamp, tree in zip(self._stamps, self._trees, strict=True):
            here = sorted(leaf for leaf in waiting if bytes.fromhex(leaf) in tree)
            waiting -= set(here)
            rows = rows_of(self._session, here)
            for digest in here:
                first = Stamp(tree.reduced(bytes.fromhex(digest)), stamp.token)
                chains = chains_of(first, self._renewed, trees.next_of(rows[digest]))
                (own,) = (row for row in rows[digest] if row.algorithm == self._algorithm)
                yield _Group(own, node(members_of(own, chains), self._algorithm))


def _stamp(
    services: Services,
    service: str,
    change: TreeChange,
    notes: Sequence[bytes],
    groups: Sequence[_Group],
    actor: Actor,
) -> None:
    """One token over a new tree, if it outlasts the old algorithm; then rows and act together."""
    algorithm = change.algorithm
    objects = tree_root((group.leaf for group in groups), algorithm)
    over = tuple(sorted({*notes, *([objects] if objects else [])}))
    token = token_over(services, service, tree_root(over, algorithm), algorithm)
    last = end_of(token, load_algorithms(services.settings.home))
    if last <= change.end:
        return
    made = Renewal(over, token, service, algorithm, objects)
    beside = None
    if groups:
        text = "".join(f"{group.line}\n" for group in sorted(groups, key=lambda group: group.leaf))
        beside = services.staging.receive(io.BytesIO(text.encode())).sha256
    with services.unit_of_work() as uow:
        session = uow.session
        take_write_lock(session)  # of several machines one tells it
        if by_renewed(iter_renewals(session)).keys() & set(over):
            return
        act = act_of(services, made)
        if beside is not None:
            act.companion_sha256, act.companion_suffix = beside, "txt"
        session.add(act)
        session.flush()
        for group in groups:
            _mark(session, group.row.object_sha256, algorithm, group.leaf.hex(), act.id)
        facts = facts_of(made, last) | {"checkpoints": len(notes), "objects": len(groups)}
        record_event(session, RENEWED, subject_id=_SUBJECT, actor=actor, data=facts)
        uow.commit()
    write_out_evidence(services)


def _mark(session: Session, digest: str, algorithm: str, leaf: str, act_id: UUID) -> None:
    session.execute(
        update(Rehashed)
        .where(Rehashed.object_sha256 == digest, Rehashed.algorithm == algorithm)
        .values(leaf=leaf, act_id=act_id)
        .execution_options(synchronize_session=False)
    )


def _take_back(services: Services) -> None:
    """Rows that a rebuild left out, from the files beside the acts that all copies hold."""
    with services.read_only() as session:
        lost = session.scalars(
            select(Act).where(
                few_of(RENEWAL),
                Act.companion_sha256.is_not(None),
                ~exists().where(Rehashed.act_id == Act.id),
            )
        ).all()
        session.expunge_all()
    for act in lost:
        lines = read_companion(act, staging=services.staging, copies=services.copies).decode()
        with services.writing() as session:
            for leaf, own, *rest in map(str.split, lines.splitlines()):
                pairs = iter([own, *rest])
                digests = dict(zip(pairs, pairs, strict=True))
                algorithm = str(act.document["algorithm"])
                row = session.get(Rehashed, (own, algorithm))
                if row is None:
                    row = Rehashed(object_sha256=own, algorithm=algorithm, digests=digests)
                    session.add(row)
                row.digests, row.leaf, row.act_id = digests, leaf, act.id


def _tell(services: Services, change: TreeChange | None) -> TreesDocument | None:
    """How far it is; an incident where the end is near and something is left."""
    notice = clock.now() + dt.timedelta(days=services.settings.signing.expiry_days)
    with services.writing() as session:
        days = _days_of_pass(services)
        trees = None if change is None else _counted(session, change, days=days)
        if trees is not None and trees.late and trees.ends_at <= notice:
            is_over = trees.ends_at <= clock.now()
            severity = IncidentSeverity.ALARM if is_over else IncidentSeverity.WARNING
            facts = trees.as_json()
            open_incident(session, ENDING, _SUBJECT, severity=severity, facts=facts)
        else:
            close_incident(session, ENDING, _SUBJECT)
    return trees


def _counted(session: Session, change: TreeChange, *, days: int) -> TreesDocument:
    now = clock.now()
    due = now if change.end <= now else now - dt.timedelta(days=days)
    versions = (
        select(func.count())
        .select_from(PackageVersion)
        .join(CaseFile, CaseFile.id == PackageVersion.case_file_id)
        .where(PackageVersion.number <= CaseFile.version_stored, IS_HELD)
    )
    segments = select(func.count()).select_from(AuditSegment).where(AuditSegment.written)
    anew = (
        (versions, PackageVersion.inventory_sha256, PackageVersion.built_at),
        (segments, AuditSegment.sha256, AuditSegment.sealed_at),
    )

    def known(digest: QueryableAttribute[str], *more: ColumnElement[bool]) -> Exists:
        return exists().where(
            Rehashed.object_sha256 == digest, Rehashed.algorithm == change.algorithm, *more
        )

    def total(queries: Iterable[Select[int]]) -> int:
        return sum(session.scalar(query) or 0 for query in queries)

    under = Rehashed.act_id.is_not(None)
    return TreesDocument(
        algorithm=change.algorithm,
        ends_at=change.end,
        objects=total(query for query, _, _ in anew),
        read=total(query.where(known(digest)) for query, digest, _ in anew),
        stamped=total(query.where(known(digest, under)) for query, digest, _ in anew),
        late=total(query.where(at < due, ~known(digest, under)) for query, digest, at in anew),
    )
