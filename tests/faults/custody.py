"""What must hold after any kill: at once, and when the restart has done its work."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.clock import now
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent, AuditSegment
from archive_service.domain.keeping.job import FormNumber, Job, JobState
from archive_service.evidence.verify import verify_trail
from archive_service.forms.numbers import parse_number
from archive_service.keeping.fixity.check import FixityRun, iter_check
from archive_service.services import Services
from archive_service.storage.acts import act_name, iter_acts
from archive_service.storage.filesystem import FilesystemStore
from archive_service.storage.ocfl.root import object_root, resolve
from archive_service.storage.port import ObjectStore
from archive_service.storage.reader import sha256_of

# Each of these happens once in the life of a case file, and once a version.
_ONCE = ("submission:received", "submission:accepted", "submission:stored")
_ONCE_A_VERSION = ("version:built", "case-file:stored")


def require_true_claims(services: Services) -> None:
    """Whatever the rows call stored, written or sealed verifies in every copy, here and now."""
    with services.read_only() as session:
        for case_file in session.scalars(select(CaseFile)):
            claimed = case_file.versions[: case_file.version_stored]
            assert (case_file.state is CaseState.STORED) == bool(claimed)
            for copy in services.copies:
                for version in claimed:
                    found = resolve(copy, case_file.ocfl_id, version.number)
                    assert found.sha256 == version.inventory_sha256
                if claimed:
                    _require_originals(case_file, copy)
            if case_file.receipt_sha256 is not None:
                assert claimed
        for submission in session.scalars(select(Submission)):
            held = session.get(CaseFile, submission.id)
            decided = submission.state in (SubmissionState.ACCEPTED, SubmissionState.STORED)
            assert decided == (held is not None)
            if held is not None:
                stored = submission.state is SubmissionState.STORED
                assert stored == (held.receipt_issued_at is not None)
                assert stored == (str(held.id) in _receipts_out(session))
        out = set(session.scalars(select(Act.id).where(Act.written)))
    for copy in services.copies:
        assert out <= {_id_of(act.document) for act in iter_acts(copy)}
    verdict = verify_trail(services.database, copies=services.copies)
    assert verdict.ok, verdict


def require_whole(services: Services, sources: Sequence[Path], *, versions: int) -> None:
    """Every case file of ``sources`` is held once, whole, in order, and nothing else is."""
    require_true_claims(services)
    with services.read_only() as session:
        _require_no_work_left(session)
        case_files = list(session.scalars(select(CaseFile)))
        assert len(case_files) == len(sources) == len(list(session.scalars(select(Submission))))
        for case_file in case_files:
            _require_at_rest(session, case_file, versions)
        _require_originals_as_sent(case_files, sources)
        _require_numbers_without_gap(session, case_files)
        acts = {act_name(act) for act in session.scalars(select(Act))}
        assert not list(session.scalars(select(Act.id).where(~Act.written)))
        assert not list(session.scalars(select(AuditSegment.number).where(~AuditSegment.written)))
    trees = [_tree(copy) for copy in services.copies]
    for other in trees[1:]:
        apart = sorted(set(other.items()) ^ set(trees[0].items()))
        assert not apart, f"the copies differ: {apart[:20]}"
    for copy in services.copies:
        names = [act.name for act in iter_acts(copy)]
        assert len(names) == len(set(names))
        assert set(names) == acts
        assert copy.sweep() == 0
    assert services.staging.sweep() == 0
    run = FixityRun(now())
    for _ in iter_check(services, run):
        pass
    assert run.tally.troubles() == []


def object_roots(services: Services, home: Path) -> Iterator[Path]:
    """Where every object of every copy lies, for an outside judge; out of a bucket it is fetched.

    Such a bucket's objects lie below ``home`` afterwards, as if they had been kept in files.
    """
    with services.read_only() as session:
        ids = list(session.scalars(select(CaseFile.ocfl_id)))
    for copy in services.copies:
        for ocfl_id in ids:
            root = object_root(ocfl_id)
            folder = home / copy.name / root
            if not isinstance(copy, FilesystemStore):
                folder = home / "fetched" / copy.name / root
                _fetch(copy, root, folder)
            yield folder


def _fetch(copy: ObjectStore, root: str, folder: Path) -> None:
    for key in copy.iter_keys(f"{root}/"):
        target = folder / key.removeprefix(f"{root}/")
        target.parent.mkdir(parents=True, exist_ok=True)
        with copy.open(key) as source:
            target.write_bytes(source.read())


def _receipts_out(session: Session) -> set[str]:
    receipts = select(Act.subject_id).where(Act.kind == "receipt", Act.written)
    return set(session.scalars(receipts))


def _id_of(document: dict[str, object]) -> object:
    return UUID(str(document["id"]))


def _require_no_work_left(session: Session) -> None:
    states = set(session.scalars(select(Job.state)))
    assert states <= {JobState.DONE}, list(session.scalars(select(Job.error)))


def _require_at_rest(session: Session, case_file: CaseFile, versions: int) -> None:
    reached = (
        case_file.version_wanted,
        case_file.version_built,
        case_file.version_stored,
        case_file.version_indexed,
    )
    assert reached == (versions,) * 4
    assert [version.number for version in case_file.versions] == list(range(1, versions + 1))
    assert {(state.version, state.state) for state in case_file.copies} == {(versions, "verified")}
    assert len({document.ordinal for document in case_file.documents}) == len(case_file.documents)
    events = session.scalars(
        select(AuditEvent.tag).where(AuditEvent.subject_id == str(case_file.id))
    )
    told = Counter(events)
    assert [told[tag] for tag in _ONCE] == [1] * len(_ONCE)
    assert [told[tag] for tag in _ONCE_A_VERSION] == [versions] * len(_ONCE_A_VERSION)
    assert told["submission:checked"] == 1
    assert told["case-file:digitized"] == versions - 1


def _require_originals(case_file: CaseFile, copy: ObjectStore) -> None:
    """Every file of the stored version, read whole from this copy."""
    root = object_root(case_file.ocfl_id)
    manifest = resolve(copy, case_file.ocfl_id, case_file.version_stored).manifest
    for digest, paths in manifest.items():
        for path in paths:
            with copy.open(f"{root}/{path}") as source:
                assert sha256_of(source) == digest, path
    for document in case_file.documents:
        for file in document.files:
            if file.version_added <= case_file.version_stored:
                assert file.sha256 in manifest


def _require_originals_as_sent(case_files: Sequence[CaseFile], sources: Sequence[Path]) -> None:
    sent = Counter(
        hashlib.sha256(file.read_bytes()).hexdigest()
        for source in sources
        for file in source.rglob("*")
        if file.is_file() and file.suffix != ".xlsx"
    )
    held = Counter(
        file.sha256
        for case_file in case_files
        for document in case_file.documents
        for file in document.files
        if file.version_added == 1
    )
    assert held == sent


def _require_numbers_without_gap(session: Session, case_files: Sequence[CaseFile]) -> None:
    numbers = [parse_number(case_file.receipt_number or "").number for case_file in case_files]
    assert sorted(numbers) == list(range(1, len(case_files) + 1))
    counters = list(session.scalars(select(FormNumber.last).where(FormNumber.form == "receipt")))
    assert counters == [len(case_files)]
    receipts = session.scalars(select(Act.subject_id).where(Act.kind == "receipt"))
    assert sorted(receipts) == sorted(str(case_file.id) for case_file in case_files)


def _tree(copy: ObjectStore) -> dict[str, str]:
    """Key → digest of all that a copy holds but its own identity."""
    tree = {}
    for key in copy.iter_keys():
        if key != "copy.json":
            with copy.open(key) as source:
                tree[key] = sha256_of(source)
    return tree
