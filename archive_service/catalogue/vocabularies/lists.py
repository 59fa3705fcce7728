"""Keeping the controlled lists of keywords, persons and places: add, change, merge.

What stands in a case file stays its own text; a term is what such texts are called, found by its
name and its variants.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, delete, exists, func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.unit_of_work import take_write_lock
from archive_service.db.words import has_words
from archive_service.domain.agencies.term import (
    LONGEST_NAME,
    LONGEST_NOTE,
    TERM,
    Term,
    TermKind,
    TermName,
)
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.text import fold, nfc, same_words, telling

MOST_VARIANTS = 100


class TermNotFoundError(NotFoundError):
    """The list has no such term."""


class TermTakenError(ConflictError):
    """Another term of the list is called or written like that."""


class TermMergedError(ConflictError):
    """Another term stands in its place."""


class TermPairError(InputError):
    """A term is merged with another one of the same list, not with itself."""


class TermWordsError(InputError):
    """A name is missing or too long, or stands for several; too many variants."""


def add_term(
    session: Session,
    kind: TermKind,
    name: str,
    *,
    actor: Actor,
    variants: Iterable[str] = (),
    note: str = "",
) -> Term:
    """One more term of a list; the caller commits.

    Raises:
        ActNotAllowedError, TermWordsError
        TermTakenError: the name or a variant is another term's.
    """
    access.require(actor, "term:edit")
    take_write_lock(session)
    row = Term(id=uuid4(), kind=kind, name=name_of(kind, name), note=_note(note))
    row.plain = fold(row.name)
    session.add(row)
    session.flush()
    _write_names(session, row, variants)
    _tell(session, row, "term:added", actor)
    return row


def change_term(
    session: Session,
    term_id: UUID,
    *,
    actor: Actor,
    name: str | None = None,
    variants: Iterable[str] | None = None,
    note: str | None = None,
) -> Term:
    """Another name, other variants, another note; ``None`` leaves it.

    The former name stays as a variant, unless ``variants`` are given: then they are all there are.

    Raises:
        ActNotAllowedError, TermNotFoundError, TermMergedError, TermWordsError, TermTakenError
    """
    access.require(actor, "term:edit")
    take_write_lock(session)
    row = standing_term(session, term_id)
    kept = [term_name.text for term_name in names_of(session, [row.id]) if not term_name.is_name]
    if name is not None:
        kept.append(row.name)
        row.name = name_of(row.kind, name)
        row.plain = fold(row.name)
    if note is not None:
        row.note = _note(note)
    session.flush()
    session.execute(delete(TermName).where(TermName.term_id == row.id))
    _write_names(session, row, kept if variants is None else variants)
    _tell(session, row, "term:changed", actor)
    return row


def merge_terms(session: Session, term_id: UUID, into_id: UUID, *, actor: Actor) -> Term:
    """The one that stands takes over every name of the other; no case file is changed by it.

    Raises:
        ActNotAllowedError, TermNotFoundError
        TermMergedError: one of them was merged before.
        TermPairError: the same, or of two lists.
    """
    access.require(actor, "term:edit")
    take_write_lock(session)
    gone, stands = standing_term(session, term_id), standing_term(session, into_id)
    if gone.id == stands.id or gone.kind is not stands.kind:
        raise TermPairError(name=gone.name, into=stands.name)
    names = names_of(session, [gone.id])
    carried = [name.text for name in names if not name.is_name]
    for name in names:
        name.term_id, name.is_name = stands.id, False
    gone.merged_into_id = stands.id
    earlier = session.scalars(select(Term).where(Term.merged_into_id == gone.id)).all()
    for row in earlier:
        row.merged_into_id = stands.id
    session.flush()
    at = clock.now()
    _write_act(session, gone, at, carried)
    for row in (*earlier, stands):
        _write_act(session, row, at)
    facts = {"kind": gone.kind.value, "name": gone.name, "into": stands.name}
    record_event(session, "term:merged", subject_id=gone.id, actor=actor, data=facts)
    return stands


def standing_term(session: Session, term_id: UUID) -> Term:
    """``TermNotFoundError``, or ``TermMergedError`` where another stands in its place."""
    row = session.get(Term, term_id, populate_existing=True)
    if row is None:
        raise TermNotFoundError(name=term_id)
    if row.merged_into_id is not None:
        into = session.get_one(Term, row.merged_into_id)
        raise TermMergedError(name=row.name, into=into.name)
    return row


def find_term(session: Session, kind: TermKind, name: str) -> Term:
    """The standing term that is called or written like this, or bears this id.

    Raises:
        TermNotFoundError
    """
    found = session.scalar(
        select(Term)
        .join(TermName, TermName.term_id == Term.id)
        .where(TermName.kind == kind, TermName.folded == folded(name))
    )
    if found is None:
        raise TermNotFoundError(name=name)
    return found


def matching_terms(*, actor: Actor, kind: TermKind | None = None, text: str = "") -> Select[Term]:
    """Standing terms one of whose names has the words of ``text``, marks optional.

    Raises:
        ActNotAllowedError
    """
    access.require(actor, "term:list")
    query = select(Term).where(Term.merged_into_id.is_(None))
    if kind is not None:
        query = query.where(Term.kind == kind)
    if text.strip():
        written = has_words(text, TermName.text)
        query = query.where(exists().where(TermName.term_id == Term.id, written))
    return query


def count_of(session: Session, query: Select[Term]) -> int:
    """How many there are."""
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def names_of(session: Session, ids: Collection[UUID]) -> Sequence[TermName]:
    """All that these terms are called and written, in the order of the alphabet."""
    query = select(TermName).where(TermName.term_id.in_(ids))
    return session.scalars(query.order_by(TermName.plain, TermName.folded)).all()


def folded(text: str) -> str:
    """By which two writings are the same: case, spaces and the place of tones do not count."""
    return same_words(" ".join(text.split()))


def parts_of(kind: TermKind, text: str) -> list[str]:
    """What one text of a case file names, in its order: keywords part at commas too."""
    marks = text.replace("\n", ";")
    if kind is TermKind.KEYWORD:
        marks = marks.replace(",", ";")
    return [words for part in marks.split(";") if (words := " ".join(part.split()))]


def name_of(kind: TermKind, text: str) -> str:
    """A name as it is kept; ``TermWordsError``."""
    words = " ".join(nfc(text).split())
    if not telling(words) or len(words) > LONGEST_NAME or parts_of(kind, words) != [words]:
        raise TermWordsError(longest=LONGEST_NAME, most=MOST_VARIANTS)
    return words


def restore_terms(session: Session, bodies: Sequence[dict[str, Any]]) -> None:
    """Rows of the newest acts.

    Of a merge only one of both acts may have come out: then the names go to the term that stands;
    and the name of a term goes before a variant of another.
    """
    rows = {body["id"]: body for body in bodies}
    names, variants = [], []
    for body in bodies:
        into = body["merged_into"]
        row = Term(
            id=UUID(body["id"]),
            kind=TermKind(body["kind"]),
            name=body["name"],
            plain=fold(body["name"]),
            note=body["note"],
            merged_into_id=UUID(into) if into else None,
        )
        session.add(row)
        written = [(row.kind, text) for text in body["variants"]]
        if row.merged_into_id is None:
            names.append((row.id, row.kind, row.name))
            variants += [(row.id, *spelling) for spelling in written]
        elif into in rows and rows[into]["at"] < body["at"]:  # its act of the merge is lost
            variants += [
                (row.merged_into_id, *spelling) for spelling in [(row.kind, row.name), *written]
            ]
    session.flush()
    taken: set[tuple[TermKind, str]] = set()
    for number, (term_id, kind, text) in enumerate([*names, *variants]):
        if (kind, folded(text)) not in taken:
            taken.add((kind, folded(text)))
            session.add(_name_row(term_id, kind, text, is_name=number < len(names)))
    session.flush()


def _write_names(session: Session, row: Term, variants: Iterable[str]) -> None:
    wanted = {folded(row.name): row.name}
    for text in variants:
        words = name_of(row.kind, text)
        wanted.setdefault(folded(words), words)
    if len(wanted) > MOST_VARIANTS + 1:
        raise TermWordsError(longest=LONGEST_NAME, most=MOST_VARIANTS)
    taken = session.execute(
        select(TermName.text, Term.name)
        .join(Term, Term.id == TermName.term_id)
        .where(TermName.kind == row.kind, TermName.folded.in_(wanted), Term.id != row.id)
        .order_by(TermName.plain)
    ).first()
    if taken is not None:
        raise TermTakenError(name=taken[0], term=taken[1])
    own = folded(row.name)
    session.add_all(
        _name_row(row.id, row.kind, text, is_name=key == own) for key, text in wanted.items()
    )
    session.flush()


def _name_row(term_id: UUID, kind: TermKind, text: str, *, is_name: bool) -> TermName:
    return TermName(
        id=uuid4(),
        term_id=term_id,
        kind=kind,
        text=text,
        folded=folded(text),
        plain=fold(text),
        is_name=is_name,
    )


def _note(text: str) -> str:
    words = " ".join(nfc(text).split())
    if len(words) > LONGEST_NOTE:
        raise TermWordsError(longest=LONGEST_NOTE, most=MOST_VARIANTS)
    return words


def _tell(session: Session, row: Term, tag: str, actor: Actor) -> None:
    _write_act(session, row, clock.now())
    facts = {"kind": row.kind.value, "name": row.name}
    record_event(session, tag, subject_id=row.id, actor=actor, data=facts)


def _write_act(
    session: Session, row: Term, at: dt.datetime, variants: Sequence[str] | None = None
) -> None:
    if variants is None:
        variants = [name.text for name in names_of(session, [row.id]) if not name.is_name]
    body = {
        "id": str(row.id),
        "kind": row.kind.value,
        "name": row.name,
        "variants": list(variants),
        "note": row.note,
        "merged_into": row.merged_into_id and str(row.merged_into_id),
        "at": clock.iso(at),
    }
    session.add(Act(kind=TERM, subject_id=str(row.id), at=at, document=body))
