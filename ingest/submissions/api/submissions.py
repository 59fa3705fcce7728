"""Submissions: handed in, looked at, accepted, returned or withdrawn."""

from dataclasses import replace
from http import HTTPMethod
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from pydantic import AwareDatetime, Field
from sqlalchemy import select

from archive_service import access
from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.offered import offer
from archive_service.api.openapi import STREAMED
from archive_service.api.paging import SubmissionQuery
from archive_service.api.request import language
from archive_service.api.streaming import send, send_bytes
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.catalogue.holdings.opening import read_receipt, readable_submission_file
from archive_service.db.paging import Order, part_of
from archive_service.domain.intake.submission import Submission
from archive_service.given import Given
from archive_service.packaging.model import RecordStatus
from archive_service.request import Body, current_actor, services, takes
from ingest.callbacks import acts as callbacks_acts
from ingest.callbacks.given import CallbackIn
from ingest.channels.parcel import Sending
from ingest.receiving import makers
from ingest.submissions import acts as submissions_acts
from ingest.submissions import queries
from ingest.submissions.api.bodies import described, received_parcel
from ingest.submissions.desk import time_order
from ingest.submissions.documents import SubmissionDocument, SubmissionList
from ingest.submissions.from_uploads import SentDocument, submit_form, submit_uploads
from ingest.uploads.acts import Sent

bp = APIBlueprint("api_submissions", __name__, tag="submissions", url_prefix="/submissions")
STREAMED["/submissions", "post"] = described()

_BY_ARRIVAL = Order.by_moment(Submission.received_at, Submission.id, newest_first=False)


class HandOverIn(Given):
    """The account of the officer who goes on."""

    to: str = Field(min_length=1, max_length=100)


class SendingIn(Given):
    """Facts of a sending by a system: when it sent it, its own name for it, whom to tell.

    ``callback_url`` is told each change of state, see ``submissions/ID/callback``.
    """

    sent_at: AwareDatetime | None = None
    package_id: str = Field("", max_length=200)
    callback_url: str = Field("", max_length=500)

    def sending(self) -> Sending:
        """As a parcel has it."""
        return Sending(package_id=self.package_id, sent_at=self.sent_at)


class SentIn(Given):
    """A finished upload and the path it had in the sender's folder."""

    upload: UUID
    path: str = ""


class SentDocumentIn(Given):
    """A document of a form: TT 05 fields, and its uploaded files in order."""

    fields: dict[str, str]
    files: list[SentIn] = Field(default=[])
    kind: str = "document"
    sha256: list[str] = Field(default=[])


class FromUploadsIn(SendingIn):
    """Either ``files`` of a folder or one ZIP, or a form: ``case_file`` and ``documents``.

    ``record_status``: what the files are to case files in custody, where they do not say so.
    """

    files: list[SentIn] = Field(default=[])
    record_status: RecordStatus | None = None
    case_file: dict[str, str] | None = None
    documents: list[SentDocumentIn] = Field(default=[])


@bp.get("")
@bp.input(SubmissionQuery, location="query")
@bp.output(SubmissionList)
def list_all(query_data: SubmissionQuery) -> SubmissionList:
    """Submissions the account may see, oldest first."""
    actor = current_actor()
    access.require(actor, "submission:list")
    query = (
        select(Submission)
        .where(access.visible(actor, "submission:list", Submission.agency_id))
        .options(*holdings_rows.LISTED)
    )
    if query_data.state is not None:
        query = query.where(Submission.state == query_data.state)
    with services().read_only() as session:
        part = part_of(
            session, query, _BY_ARRIVAL, limit=query_data.limit, cursor=query_data.cursor
        )
        found = queries.submission_documents(session, part.rows, language())
        return SubmissionList(submissions=found, cursor=part.cursor)


@bp.get("/<uuid:submission_id>")
@bp.output(SubmissionDocument)
def one(submission_id: UUID) -> SubmissionDocument:
    """A submission with all its findings."""
    (document,) = queries.submissions(
        services(), [submission_id], actor=current_actor(), lang=language()
    )
    return document


class CreateQuery(SendingIn):
    """Whether a submission adds to case files in custody, where it does not say so itself.

    ``code`` names the case file to which the documents of edXML packets belong.
    """

    record_status: RecordStatus | None = None
    code: str = ""


@bp.post("")
@bp.input(CreateQuery, location="query")
@bp.output(SubmissionList, status_code=201)
@takes(Body.FILES, "submission:create")
def create(query_data: CreateQuery) -> Answer:
    """Hand in a ZIP, a package or a form with its files; one submission a case file in it."""
    actor, archive = current_actor(), services()
    access.require(actor, "submission:create")  # before the body is read
    _require_callable(query_data.callback_url)
    with received_parcel(archive.work_folder, archive.settings.limits) as (parcel, content):

        def submit() -> dict[str, Any]:
            status = query_data.record_status or ""
            sending = query_data.sending()
            ids = submissions_acts.submit(
                parcel if sending == Sending() else replace(parcel, sending=sending),
                actor=actor,
                services=archive,
                record_status=status,
                code=query_data.code,
            )
            return _created(ids, query_data.callback_url)

        return answer_once(content, submit)


@bp.post("/from-uploads")
@bp.input(FromUploadsIn)
@bp.output(SubmissionList, status_code=201)
@takes(Body.LIST, "submission:create")
def create_from_uploads(json_data: FromUploadsIn) -> Answer:
    """Hand in what was uploaded before, as the files of a folder or with a form."""
    actor, sending = current_actor(), json_data.sending()
    _require_callable(json_data.callback_url)

    def submit() -> dict[str, Any]:
        if json_data.case_file is None:
            sent = [Sent(file.upload, file.path) for file in json_data.files]
            status = json_data.record_status or ""
            ids = submit_uploads(
                services(),
                sent,
                actor=actor,
                channel="rest",
                record_status=status,
                sending=None if sending == Sending() else sending,
            )
            return _created(ids, json_data.callback_url)
        documents = [
            SentDocument(
                fields=document.fields,
                files=[Sent(file.upload, file.path) for file in document.files],
                kind=document.kind,
                sha256=document.sha256,
            )
            for document in json_data.documents
        ]
        ids = submit_form(
            services(),
            json_data.case_file,
            documents,
            actor=actor,
            channel="rest",
            sending=sending,
        )
        return _created(ids, json_data.callback_url)

    return answer_once(json_data.model_dump_json(), submit)


_ONE = "/<uuid:submission_id>"
offer(bp, f"{_ONE}/accept", submissions_acts.accept, location="query")
offer(bp, f"{_ONE}/return", submissions_acts.give_back)
offer(bp, f"{_ONE}/rescan", submissions_acts.rescan)
offer(bp, f"{_ONE}/lift-mark", submissions_acts.lift)
offer(bp, f"{_ONE}/documents/<int:ordinal>/left-out", submissions_acts.leave_out)
offer(bp, f"{_ONE}/time-order", time_order.order_by_time)
offer(bp, f"{_ONE}/recheck", submissions_acts.recheck)
offer(bp, f"{_ONE}/withdraw", submissions_acts.withdraw)
offer(
    bp,
    "/<uuid:submission_id>/left-out/<int:number>",
    submissions_acts.take_up,
    method=HTTPMethod.DELETE,
)


@bp.post("/<uuid:submission_id>/hand-over")
@bp.input(HandOverIn)
@bp.output(SubmissionDocument)
def hand_over(submission_id: UUID, json_data: HandOverIn) -> SubmissionDocument:
    """Another officer of the agency goes on with it, a draft as well."""
    makers.hand_over(services(), submission_id, to=json_data.to, actor=current_actor())
    return _done(submission_id)


@bp.get("/<uuid:submission_id>/files/<uuid:file_id>")
@bp.doc(responses={200: "The file", 206: "The range asked for", 304: "Unchanged"})
def file(submission_id: UUID, file_id: UUID) -> Response:
    """A file as it was received, whole or in ranges, until its bytes leave staging."""
    return send(readable_submission_file(services(), submission_id, file_id, actor=current_actor()))


@bp.get("/<uuid:submission_id>/receipt")
@bp.doc(responses={200: "The signed receipt, PDF/A"})
def receipt(submission_id: UUID) -> Response:
    """The signed receipt, once every copy holds the case file."""
    with services().read_only() as session:
        submission = holdings_rows.get_submission(session, submission_id, actor=current_actor())
    number, data = read_receipt(
        services(), submission.code, actor=current_actor(), submission_id=submission_id
    )
    return send_bytes(data, name=f"{number.replace('/', '-')}.pdf", media_type="application/pdf")


def _done(submission_id: UUID) -> SubmissionDocument:
    (document,) = queries.done_submissions(services(), [submission_id], lang=language())
    return document


def _require_callable(url: str) -> None:
    """Before anything is taken in."""
    if url:
        callbacks_acts.require_callable(url, services())


def _created(ids: list[UUID], callback_url: str = "") -> dict[str, Any]:
    for submission_id in ids if callback_url else ():
        given = CallbackIn(url=callback_url)
        callbacks_acts.ask(services(), submission_id, given, actor=current_actor())
    found = queries.done_submissions(services(), ids, lang=language())
    return SubmissionList(submissions=found).model_dump(mode="json")
