"""Rows that are changed in the database alone, and what their acts say to it."""

from sqlalchemy import Executable, select
from sqlalchemy.orm import Session

from archive_service.domain.keeping.act import Act
from archive_service.keeping.fixity.told_rows import contradicted
from archive_service.services import Services


def told_otherwise(session: Session) -> set[str]:
    """Kinds of the acts that rows contradict."""
    return {act.kind for act in contradicted(session, session.scalars(select(Act)).all())}


def require_found(services: Services, kind: str, statement: Executable) -> None:
    """Only an act of this kind is contradicted once that is done; nothing of it is committed."""
    with services.unit_of_work() as uow:
        assert not told_otherwise(uow.session)
        uow.session.execute(statement)
        uow.session.expire_all()
        assert told_otherwise(uow.session) == {kind}
