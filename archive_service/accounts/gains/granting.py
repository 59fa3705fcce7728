"""Reading that a second person confirmed, by grant or group: it counts, and its reader hears."""

from uuid import UUID

from sqlalchemy.orm import Session

from archive_service.accounts.granted import record_given
from archive_service.domain.people.account import Account, Actor
from archive_service.domain.people.reader_group import GroupMember
from archive_service.domain.people.reading_grant import ReadingGrant
from archive_service.domain.people.rights_gain import GainKind, GainState, RightsGain
from archive_service.notices import inbox

PAGE, GROUPS_PAGE = "/grants", "/grants/groups"


def given_by(session: Session, noted: RightsGain) -> ReadingGrant | GroupMember:
    """What is granted by this gain."""
    if noted.kind is GainKind.JOINED:
        return session.get_one(GroupMember, UUID(noted.facts["member"]))
    return session.get_one(ReadingGrant, UUID(noted.facts["grant"]))


def count_given(session: Session, noted: RightsGain, account: Account, *, actor: Actor) -> None:
    """It counts from now on; a grant within its days."""
    row = given_by(session, noted)
    row.waits = False
    record_given(session, "confirmed", row, account, actor)
    tell_reader(session, row)


def note_given(
    session: Session,
    noted: RightsGain,
    row: ReadingGrant | GroupMember,
    account: Account,
    what: str,
    *,
    actor: Actor,
) -> None:
    """It waits as its gain does; where nobody has to confirm it, its reader hears at once."""
    row.gain_id, row.waits = noted.id, noted.state is GainState.WAITING
    record_given(session, what, row, account, actor)
    if not row.waits:
        tell_reader(session, row)


def tell_reader(session: Session, row: ReadingGrant | GroupMember) -> None:
    """Say what may be read, and until when."""
    who, facts = [row.account_id], row.facts()
    if isinstance(row, ReadingGrant):
        inbox.tell(session, "grant-given", to=who, subject_id=row.id, facts=facts, href=PAGE)
        return
    inbox.tell(session, "group-joined", to=who, subject_id=row.id, facts=facts, href=GROUPS_PAGE)
