"""The code that each copy and paper handed out bears, and the events by which it is found.

The audit trail is the register: it tells by the code what was handed out, and what was withdrawn.
"""

import base64
import datetime as dt
import hashlib
import re
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.domain.people.account import Actor
from archive_service.formats.pdf.check_code import CheckCode
from archive_service.forms.typst_form import Press
from archive_service.services import VENDOR, Services

HANDED_OUT, WITHDRAWN = "copy:handed-out", "copy:withdrawn"
PAGE = "/check-copy"
RECEIPT, CERTIFICATE, TRANSFER = "receipt", "destruction-certificate", "transfer-paper"
MINUTES, COLLECTION, ANSWER = "handover-minutes", "collection-list", "request-answer"
FIXITY, REGISTER, EVIDENCE = "fixity-report", "closed-register", "evidence-report"
# Of the archive's own: nobody withdraws them by hand.
PAPERS = (RECEIPT, CERTIFICATE, TRANSFER, MINUTES, COLLECTION, ANSWER, FIXITY, REGISTER, EVIDENCE)
_LETTERS = 20  # of base 32: 100 bits
_FACE = VENDOR / "fonts" / "Tinos-Regular.ttf"


def check_code(seed: str) -> str:
    """The code of a copy or a paper: the same for the same seed, and nobody guesses it."""
    letters = base64.b32encode(hashlib.sha256(seed.encode()).digest()).decode()[:_LETTERS]
    return "-".join(letters[at : at + 4] for at in range(0, _LETTERS, 4))


def drawn_code(base_url: str, code: str) -> CheckCode:
    """The code as a copy bears it, with the page of the archive that answers at this address."""
    base = base_url.rstrip("/")
    return CheckCode(f"{base}{PAGE}?code={code}" if base else code, code, str(_FACE))


def press_bearing(services: Services, code: str) -> Press:
    """With what a paper that bears this code is printed."""
    return services.press.bearing(drawn_code(services.settings.mail.base_url, code))


def note_handed_out(
    session: Session,
    code: str,
    facts: dict[str, Any],
    *,
    until: dt.datetime | None = None,
    actor: Actor,
    agency_id: UUID | None,
) -> None:
    """The event by which the code is found; ``told`` has ``kind`` and ``sha256``.

    ``told["signing"]``: the request by which another signs the same paper, which then is ours too.
    """
    ends = None if until is None else clock.iso(until)
    record_event(
        session,
        HANDED_OUT,
        subject_id=bare(code),
        actor=actor,
        agency_id=agency_id,
        data=facts | {"until": ends},
    )


def note_withdrawn(
    session: Session, code: str, reason: str, *, actor: Actor, agency_id: UUID | None
) -> None:
    """From here on whoever checks the copy or paper is told that it was withdrawn."""
    record_event(
        session,
        WITHDRAWN,
        subject_id=bare(code),
        actor=actor,
        agency_id=agency_id,
        data={"reason": reason},
    )


def bare(code: str) -> str:
    """As the trail keeps it; cut where nobody means a code."""
    return re.sub(r"[^A-Z2-7]", "", code[:100].upper())[: _LETTERS + 1]
