"""Who is to hand in an entry of a file plan: one answer for notices, counts and pages."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.people.account import Account, Role
from ingest.file_plan.standing import is_of, of_unit


@dataclass(frozen=True, slots=True)
class Holders:
    """The officers of one agency, to whom its entries fall."""

    officers: Sequence[Account]
    _found: dict[tuple[str, str], Sequence[Account]] = field(default_factory=dict)

    def of(self, person: str, unit: str) -> Sequence[Account]:
        """Whom the entry names; where they have no account here its unit, else everybody."""
        pair = person, unit  # few of them stand in a plan of many entries
        if pair not in self._found:
            self._found[pair] = self.named(person) or self.of_unit(person, unit) or self.officers
        return self._found[pair]

    def named(self, person: str) -> list[Account]:
        """Whom the entry names."""
        return [account for account in self.officers if is_of(person, account)]

    def of_unit(self, person: str, unit: str) -> list[Account]:
        """The officers of the unit that the entry names."""
        return [account for account in self.officers if of_unit(unit, person, account)]


def holders_beside(session: Session, account: Account) -> Holders:
    """The officers of the agency that this account acts for; nobody where it acts for all."""
    query = select(Account).where(
        Account.active, Account.role == Role.OFFICER, Account.agency_id == account.agency_id
    )
    return Holders(session.scalars(query.order_by(Account.name)).all())
