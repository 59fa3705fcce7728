"""A grant of reading that a second person confirmed: it counts, and its reader hears of it."""

from sqlalchemy.orm import Session

from archive_service.accounts.granted import record_grant
from archive_service.domain.people.account import Account, Actor
from archive_service.domain.people.reading_grant import ReadingGrant
from archive_service.notices import inbox

PAGE = "/grants"


def count_grant(session: Session, row: ReadingGrant, account: Account, *, actor: Actor) -> None:
    """It counts from now on, within its days."""
    row.waits = False
    record_grant(session, "grant:confirmed", row, account, actor)
    tell_reader(session, row)


def tell_reader(session: Session, row: ReadingGrant) -> None:
    """Say what may be read, and until when."""
    facts = row.facts()
    inbox.tell(
        session, "grant-given", to=[row.account_id], subject_id=row.id, facts=facts, href=PAGE
    )
