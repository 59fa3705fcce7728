"""Submissions made of uploaded files, for pages and API alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from archive_service import access
from archive_service.domain.intake.finding import Finding
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from ingest.channels.parcel import Parcel, Sending
from ingest.channels.uploads import open_sent, open_uploads
from ingest.channels.web_form import FormDocument, UploadedFile, open_form
from ingest.checks.form_findings import form_findings
from ingest.submissions.acts import submit
from ingest.uploads.acts import Sent, upload_folder


@dataclass(frozen=True, slots=True)
class SentDocument:
    """One document of a form: TT 05 fields as typed, and its files in order."""

    fields: Mapping[str, str]
    files: Sequence[Sent] = ()
    kind: str = "document"
    sha256: Sequence[str] = field(default=())


def submit_uploads(
    services: Services,
    sent: Sequence[Sent],
    *,
    actor: Actor,
    channel: str = "web",
    record_status: str = "",
    sending: Sending | None = None,
) -> list[UUID]:
    """Submit a ZIP, a package, or the files of a folder with a sheet; then forget the uploads.

    Raises:
        UploadUnknownError, UploadIncompleteError: nothing was taken in.
        InputError: as ``intake.submit``; the uploads stay, so that the sender may go on.
    """
    access.require(actor, "submission:create")
    files = [_file(services, file, actor) for file in sent]
    limits = services.settings.limits
    if len(files) == 1:
        path = upload_folder(services).path(sent[0].upload)
        parcel = open_sent(path, files[0].name.rpartition("/")[2], limits, channel=channel)
    else:
        parcel = open_uploads(files, limits, channel=channel)
    used = [file.upload for file in sent]
    return _submit(services, parcel, used, actor, record_status, sending)


def submit_form(
    services: Services,
    fields: Mapping[str, str],
    documents: Sequence[SentDocument],
    *,
    actor: Actor,
    channel: str = "web",
    sending: Sending | None = None,
) -> list[UUID]:
    """Submit a filled form with its uploaded files; errors as ``submit_uploads``."""
    parcel = _form(services, fields, documents, actor, channel)
    used = [file.upload for document in documents for file in document.files]
    return _submit(services, parcel, used, actor, sending=sending)


def missing_in_form(
    services: Services,
    fields: Mapping[str, str],
    documents: Sequence[SentDocument],
    *,
    actor: Actor,
) -> list[Finding]:
    """Fields that the form lacks, before it is handed in; errors as ``submit_uploads``."""
    with (
        _form(services, fields, documents, actor, "web") as parcel,
        services.read_only() as session,
    ):
        return form_findings(parcel, session=session, limits=services.settings.limits)


def _form(
    services: Services,
    fields: Mapping[str, str],
    documents: Sequence[SentDocument],
    actor: Actor,
    channel: str,
) -> Parcel:
    return open_form(
        fields,
        [
            FormDocument(
                fields=document.fields,
                files=[_file(services, file, actor) for file in document.files],
                kind=document.kind,
                sha256=document.sha256,
            )
            for document in documents
        ],
        services.settings.limits,
        channel=channel,
    )


def _file(services: Services, sent: Sent, actor: Actor) -> UploadedFile:
    folder = upload_folder(services)
    upload = folder.whole(sent.upload, owner=actor.account)
    path = folder.path(upload.id)
    return UploadedFile(sent.path or upload.name, upload.size_bytes, lambda: path.open("rb"))


def _submit(
    services: Services,
    parcel: Parcel,
    used: Sequence[UUID],
    actor: Actor,
    record_status: str = "",
    sending: Sending | None = None,
) -> list[UUID]:
    parcel = parcel if sending is None else replace(parcel, sending=sending)
    ids = submit(parcel, actor=actor, services=services, record_status=record_status)
    upload_folder(services).discard(used)
    return ids
