"""What is told of gains of rights."""

from collections.abc import Sequence
from uuid import UUID

from archive_service.document import Document, Moment
from archive_service.domain.people.rights_gain import GainKind, GainState


class GainDocument(Document):
    """One gain; ``reason`` is why it waited for nobody: ``shell`` or ``first``.

    ``is_open``: a second person may decide it. ``ring``: who confirmed it was confirmed by this
    account before. Of a change ``was_…`` is what was until then; an agency is told by its
    identifier, and one that is empty stands for all; ``heads_unit``: the unit that is headed.
    Of what was delegated: the duties and their days; ``asked_by`` gave them. Of what was granted:
    ``scope``, what of it, up to which level, and ``gives``: empty to read it, or ``manage``.
    ``subject``: whom a bound account is at the identity provider.
    """

    id: UUID
    kind: GainKind
    account: str
    person: str
    role: str
    was_role: str = ""
    agency: str = ""
    was_agency: str = ""
    heads_unit: str = ""
    why: str = ""
    duties: Sequence[str] = ()
    scope: str = ""
    target: str = ""
    level: str = ""
    gives: str = ""
    first_day: str = ""
    last_day: str = ""
    subject: str = ""
    scopes: list[str]
    state: GainState
    reason: str
    asked_by: str
    asked_at: Moment
    decided_by: str
    decided_at: Moment | None
    ring: bool
    is_open: bool


class GainList(Document):
    """What waits, the earliest first; then what was decided, the newest first."""

    gains: list[GainDocument]
