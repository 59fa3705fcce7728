"""A split taken back: the documents stand in the old case file again, where they were.

The case file that the split made keeps its code, which nobody else gets, and its package. Its
documents stay in it to be read, marked with where they are, as those of a merged case file do. Such
a case file is no longer counted or listed.
"""

from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.catalogue.arranging import rules as arranging_rules
from archive_service.catalogue.arranging.documents import MovedDocument, MoveDone
from archive_service.catalogue.arranging.given import UndoIn
from archive_service.catalogue.describing.acts import open_to_edit
from archive_service.catalogue.describing.mode_changes import reason_of
from archive_service.catalogue.holdings.rows import get_case_file
from archive_service.catalogue.linking.acts import follow_back
from archive_service.catalogue.linking.links import NotAtRestError, pass_on
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.due import note_edited
from archive_service.services import Services

UNDONE = "case-file:split-undone"


class SplitNotUndoneError(ConflictError):
    """No split made it, it was taken back before, or something changed since."""


def undo_split(services: Services, code: str, given: UndoIn, *, actor: Actor) -> MoveDone:
    """Take all documents of a split back, if nothing changed since.

    All of them or none. Both case files get one more version.

    Args:
        code: of the case file that the split made.

    Raises:
        ActNotAllowedError, CaseFileNotFoundError, CaseFileHeldError, CatalogueReasonError
        SplitNotUndoneError: with the ordinals of what changed.
        NotAtRestError: the last version of one of both is not yet in every copy.
    """
    access.require(actor, "case-file:describe")
    reason = reason_of(given.reason)
    with services.read_only() as session:
        part = get_case_file(session, code, actor=actor)
        source_code = split_from(part)
    if not source_code:
        raise SplitNotUndoneError(code=part.code, ordinals="")
    with services.writing() as session:
        rows = {
            touched: open_to_edit(session, touched, actor=actor)
            for touched in sorted({source_code, code})
        }
        source, part = rows[source_code], rows[code]
        for row in (source, part):
            if not row.version_stored == row.version_wanted > 0:
                raise NotAtRestError(code=row.code)
        at = clock.iso(clock.now())
        moves = []
        pairs, changed = arranging_rules.split_pairs(session, source, part)
        if changed:
            raise SplitNotUndoneError(code=part.code, ordinals=", ".join(map(str, changed)))
        for here, there in pairs:
            facts = {"at": at, "by": actor.account, "reason": reason}
            arranging_rules.take_back(session, here, there, facts | {"code": source.code})
            follow_back(
                session, services, (source, part), here.id, there, reason=reason, actor=actor
            )
            moves.append({"from": here.ordinal, "to": there.ordinal})
        linked = [link.ordinal for link in part.standing_links]
        passed = pass_on(part, source, linked, reason=reason, actor=actor)
        moves += [{"from": was, "to": now} for was, now in passed]
        for row in (source, part):
            arranging_rules.recount(row)
            note_edited(session, row, services)
            _tell(session, row, source, part, moves, reason, actor)
        moved = [MovedDocument.model_validate(each) for each in moves]
        done = MoveDone(code=part.code, target=source.code, moved=moved)
    write_out_evidence(services)
    return done


def split_from(part: CaseFile) -> str:
    """Code of the case file that this one was split from and may go back to.

    "" for none, or where none of its documents stands in it any more.
    """
    stands = any(document.moved_to is None for document in part.documents) or bool(
        part.standing_links
    )
    return (part.split_from or "") if stands else ""


def _tell(
    session: Session,
    row: CaseFile,
    source: CaseFile,
    part: CaseFile,
    moves: list[dict[str, int]],
    reason: str,
    actor: Actor,
) -> None:
    facts = {"code": row.code, "from": part.code, "to": source.code, "reason": reason}
    record_event(session, UNDONE, of=row, actor=actor, data=facts | {"moved": moves})
