"""Whether a transfer is for us: its manifest, signature, receiver, agency."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.agencies.agency import AgencyIdentifier
from archive_service.domain.transfer.partner import TransferPartner
from archive_service.errors import ConflictError, InputError, NotAllowedError
from archive_service.services import Services
from retention.transfer.messages.signed_document import require_signed
from retention.transfer.messages.tables import Manifest, Register
from retention.transfer.packages.manifest_reader import open_manifest, read_manifest
from retention.transfer.partners.pins import pinned_certificates
from retention.transfer.partners.rules import find_partner, may_deliver_for
from retention.transfer.receiving.manifest_rows import (
    TransferManifestOtherError,
    TransferToOneselfError,
)


class TransferNotHistoricalError(ConflictError):
    """This archive takes over from no other: it is no historical archive."""


class TransferOtherReceiverError(InputError):
    """It was handed over to another archive: ``receiver``, by its code or name."""


class TransferAgencyUnknownError(InputError):
    """The agency whose records they are is not known here."""


class TransferAgencyNotItsOwnError(NotAllowedError):
    """The archive that gives hands nothing over for this agency, as its record here says."""


def the_same(places: Sequence[Path]) -> Manifest:
    """The manifest that all of the media bear.

    Raises:
        TransferManifestError, XmlForbiddenError, XmlBrokenError: it cannot be read.
        TransferManifestOtherError: they are not of one delivery.
    """
    manifest = read_manifest(places[0])
    for place in places[1:]:
        other = read_manifest(place)
        if other.sha256 != manifest.sha256:
            raise TransferManifestOtherError(number=manifest.number, sequence=other.sequence)
    return manifest


def require_historical(services: Services) -> None:
    """``TransferNotHistoricalError`` where this archive takes over from no other."""
    if services.settings.archive.role != "historical":
        raise TransferNotHistoricalError(archive=services.settings.archive.name)


def require_for_us(services: Services, manifest: Manifest | Register) -> UUID:
    """The agency whose records they are.

    Raises:
        TransferSignatureError, TransferOtherReceiverError, TransferToOneselfError
        TransferAgencyUnknownError, TransferAgencyNotItsOwnError
    """
    own = services.settings.archive.code
    if manifest.archive == own:
        raise TransferToOneselfError(archive=own)
    with services.read_only() as session:
        pinned = pinned_certificates(session, manifest.archive)
        require_signed(
            partial(open_manifest, manifest)
            if isinstance(manifest, Manifest)
            else manifest.document,
            archive=manifest.archive,
            created=manifest.created,
            trust=services.trust,
            pinned=pinned,
        )
        if manifest.receiver_archive not in ("", own):
            raise TransferOtherReceiverError(receiver=manifest.receiver_archive, archive=own)
        identifier = AgencyIdentifier.code == manifest.agency
        agency_id = session.scalar(select(AgencyIdentifier.agency_id).where(identifier))
        if agency_id is None:
            raise TransferAgencyUnknownError(agency=manifest.agency, name=manifest.agency_name)
        partner = find_partner(session, manifest.archive)
        if partner is not None and not _gives(session, partner, agency_id):
            raise TransferAgencyNotItsOwnError(agency=manifest.agency, archive=manifest.archive)
        return agency_id


def _gives(session: Session, partner: TransferPartner, agency_id: UUID) -> bool:
    """By hand a partner for whom no agency is told hands over for any; a retired one for none."""
    if not (partner.active and partner.gives):
        return False
    return not partner.agencies or may_deliver_for(session, partner, agency_id)
