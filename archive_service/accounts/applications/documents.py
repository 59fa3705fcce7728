"""What is given for an account that is asked for, and what is told of it."""

from uuid import UUID

from pydantic import Field

from archive_service.accounts.applications.details import Details
from archive_service.accounts.applications.rules import is_overdue
from archive_service.document import Document, Moment
from archive_service.domain.people.account_application import AccountApplication
from archive_service.given import Given


class AccountWish(Given):
    """Who asks for an account of a reader, and for what."""

    person: str = Field(description="Name of the person, as on their papers.")
    name: str = Field(description="The sign-in name that is wanted, such as the citizen's number.")
    purpose: str = Field(description="What records are to be used for.")
    email: str = Field(default="", description="Where the answer is mailed; none: at the counter.")
    agency: str = Field(
        default="", description="Identifier of the agency whose records are to be used; none: all."
    )


class AccountWishReceipt(Document):
    """The number to ask by at the counter, and the day by which it is answered."""

    number: str
    due_on: str


class ApplicationGrant(Given):
    """Under which name the account is made."""

    name: str = Field(default="", description="The sign-in name; none: the one asked for.")


class ApplicationRefusal(Given):
    """Why no account is made."""

    reason: str = Field(description="What the asker is told.")


class AccountApplicationDocument(Document):
    """One request; ``answered_by`` is ``mail`` or ``counter``, ``answered_at`` of a letter.

    What the asker told is empty once it is forgotten.
    """

    id: UUID
    number: str
    state: str
    agency: str
    person: str
    name: str
    email: str
    purpose: str
    asked_at: Moment
    due_on: str
    overdue: bool
    reason: str
    decided_by: str
    decided_at: Moment | None
    answered_by: str | None
    answered_at: Moment | None


class AccountApplicationList(Document):
    """What waits, the earliest due first; then the last hundred that were answered."""

    applications: list[AccountApplicationDocument]


def application_document(
    row: AccountApplication, details: Details, agency: str
) -> AccountApplicationDocument:
    """The document of a row, as it stands at this moment."""
    return AccountApplicationDocument.of_row(
        row,
        agency=agency,
        person=details.person,
        name=details.name,
        email=details.email,
        purpose=details.purpose,
        overdue=is_overdue(row),
    )
