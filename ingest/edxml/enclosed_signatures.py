"""Signatures of the files in a packet, looked at when it comes.

Without a code the document becomes a draft, which is checked when an officer hands it in; what a
rule refuses for its signature is answered the same day all the same.
"""

import shutil
from dataclasses import replace

from archive_service.formats.child import ParserFailure, run_limited
from archive_service.services import Services
from archive_service.signing.pdf.report import SignatureReport
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.storage.work_folder import work_place
from ingest.answers.rules import refusing_codes
from ingest.channels.edxml.parcel import OpenedPacket
from ingest.channels.parcel import Entry
from ingest.checks.each.signatures import codes_of
from ingest.checks.examine import PDF_HEADER

_MOST_BYTES = 256 << 20  # of one file that is looked into at the door


def checked_at_once(opened: OpenedPacket, services: Services) -> OpenedPacket:
    """The packet, no draft any more where a rule refuses it for a signature of a file in it."""
    parcel = opened.parcel
    if not parcel.sending.is_draft:
        return opened
    refusing = refusing_codes(parcel.channel, home=services.settings.home)
    for entry in filter(_is_pdf, parcel.entries):
        if any(refusing.keys() & codes_of(report) for report in _reports(entry, services)):
            sending = replace(parcel.sending, is_draft=False)
            return replace(opened, parcel=replace(parcel, sending=sending))
    return opened


def _is_pdf(entry: Entry) -> bool:
    """By its bytes: some systems send a file without the ending of its name."""
    with entry.open() as source:
        return PDF_HEADER in source.read(1024)


def _reports(entry: Entry, services: Services) -> list[SignatureReport]:
    if entry.size_bytes > _MOST_BYTES:
        return []
    limits = services.settings.limits
    with work_place(services.work_folder, "text-") as place:
        path = place / "enclosed.pdf"
        with entry.open() as source, path.open("wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
        found = run_limited(
            inspect_signatures,
            path,
            services.trust,
            None,
            services.settings.signing.fetch_revocation,
            limit_s=limits.parser_s,
            memory_mib=limits.parser_mib,
            network=services.settings.signing.fetch_revocation,
        )
    return [] if isinstance(found, ParserFailure) else found
