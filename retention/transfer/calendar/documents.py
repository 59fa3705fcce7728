"""Appointments of transfers, as commands and programs read them."""

from archive_service.document import Document


class HeirDocument(Document):
    """An agency that took over from the one that was to deliver."""

    code: str
    name: str
    on: str | None


class AppointmentTransferDocument(Document):
    """A transfer that came of it, or went: ``on`` is the local day."""

    id: str
    number: str
    state: str
    on: str | None
    case_files: int
    size_bytes: int


class AppointmentDocument(Document):
    """Days on which an agency's records are to be delivered.

    ``state`` is ``planned confirmed delivered missed cancelled``, read from the transfers;
    ``case_files`` and ``size_bytes`` are of the register it names, else what was announced;
    ``warnings`` are ``crowded`` and ``day-off``.
    """

    id: str
    direction: str
    agency: str
    agency_name: str
    heirs: list[HeirDocument]
    partner_code: str
    partner: str
    transfer_id: str | None
    transfer: str | None
    fonds: str
    from_on: str
    to_on: str
    case_files: int | None
    size_bytes: int | None
    note: str
    state: str
    transfers: list[AppointmentTransferDocument]
    warnings: list[str]
    made_by: str
    made_at: str
    confirmed_by: str | None
    confirmed_at: str | None
    cancelled_by: str | None
    cancelled_at: str | None
    cancel_reason: str


class AppointmentList(Document):
    """Appointments that have one of these days, by their first."""

    from_on: str
    to_on: str
    appointments: list[AppointmentDocument]
