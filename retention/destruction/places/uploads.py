"""Uploads of a destroyed case file: finished and never used, or broken off on their way into it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.intake.delivery import Delivery, DeliveryState
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.errors import BackendError
from archive_service.services import Services
from archive_service.storage.destroy.places import Remains, remains_left
from archive_service.storage.uploads import Upload
from ingest.uploads.acts import upload_folder
from ingest.uploads.contents import UploadContents
from retention.destruction.places.row_owners import digests_of, whose


class UploadedLatelyError(BackendError):
    """Bytes of it lie in an upload that may be for another case file: new, or packed with more."""


class Uploads:
    """By the digest of what was sent whole, and by the draft that a part was meant for.

    What a draft of another case file or a delivery under way takes is theirs, and stays. A ZIP
    that has a file of it among others is waited for, until it is used or swept away.
    """

    name = "uploads"

    def __init__(self, services: Services) -> None:
        self._services, self._folder = services, upload_folder(services)
        self._contents = UploadContents(self._folder, services.settings.limits)

    def survey(self, many: Sequence[Remains]) -> dict[UUID, dict[str, Any]]:
        """Which digests and drafts are its own; forgotten when it is done, but for marks of them.

        After a rebuild in the middle no row tells them any more: then what lies there now is
        waited for, until it is used or swept away.
        """
        with self._services.read_only() as session:
            those = whose(session, [remains.case_file_id for remains in many])
            digests = digests_of(session, those)
            unused = self._unused(session, {str(submission) for submission in those.submissions})
        facts = {}
        for remains in many:
            own = digests[remains.case_file_id]
            drafts = [
                str(row)
                for row, owner in those.submissions.items()
                if owner == remains.case_file_id
            ]
            marks = sorted(remains.mark(digest) for digest in own)
            notes: dict[str, Any] = {"_digests": sorted(own), "_drafts": drafts, "marks": marks}
            if not own:
                notes["_waits_for"] = [str(upload.id) for upload in unused]
            facts[remains.removal_id] = {
                "found": sum(1 for _ in self._own(remains, notes, unused))
            } | notes
        return facts

    def remove(self, many: Sequence[Remains]) -> None:
        """Nothing is done here: the gate erases the files."""

    def files(self, remains: Remains) -> list[Path]:
        """Of each that did not come lately its bytes and what it is."""
        with self._services.read_only() as session:
            unused = self._unused(session, _drafts(remains))
        own = self._own(remains, remains.notes, unused)
        sure = [upload for upload in own if self._is_sure(remains, upload)]
        return [path for upload in sure for path in self._folder.paths(upload.id)]

    def left(self, many: Sequence[Remains]) -> dict[UUID, BackendError]:
        """Those that are still there; ``UploadedLatelyError`` tells them from a failure."""
        with self._services.read_only() as session:
            unused = self._unused(session, set().union(*map(_drafts, many)))
        left: dict[UUID, BackendError] = {}
        for remains in many:
            own = list(self._own(remains, remains.notes, unused))
            sure = sum(self._is_sure(remains, upload) for upload in own)
            left |= remains_left(self.name, {remains.removal_id: sure})
            if own and not sure:
                left[remains.removal_id] = UploadedLatelyError(place=self.name, count=len(own))
        return left

    def _unused(self, session: Session, own_drafts: Collection[str]) -> list[Upload]:
        """Those that neither a delivery under way takes nor a draft, but for these."""
        every = self._folder.every()
        if not every:
            return []
        drafts = {identifier for upload in every if (identifier := _id_in(upload.into)) is not None}
        live = select(Submission.id).where(
            Submission.id.in_(drafts), Submission.state == SubmissionState.DRAFT
        )
        taken = {str(row) for row in session.scalars(live)} - set(own_drafts)
        coming = select(Delivery.place).where(Delivery.state != DeliveryState.DONE)
        places = {place.rpartition(":")[2] for place in session.scalars(coming)}
        return [
            upload for upload in every if upload.into not in taken and str(upload.id) not in places
        ]

    def _own(
        self, remains: Remains, notes: Mapping[str, Any], unused: Sequence[Upload]
    ) -> Iterator[Upload]:
        digests, marks = set(notes.get("_digests", ())), set(notes.get("marks", ()))
        waits_for, drafts = notes.get("_waits_for", ()), notes.get("_drafts", ())
        for upload in unused:
            if upload.into in drafts or str(upload.id) in waits_for:
                yield upload
            elif digests or marks:
                digests_now = self._contents.every_sha256(upload)
                if digests_now & digests or any(
                    remains.mark(name) in marks for name in digests_now
                ):
                    yield upload

    def _is_sure(self, remains: Remains, upload: Upload) -> bool:
        """Whether it is of this case file and no other's to come."""
        if upload.into in _drafts(remains):
            return True
        if str(upload.id) in remains.notes.get("_waits_for", ()):
            return False
        if self._contents.packed_sha256(upload):
            return False
        grace_s = self._services.settings.storage.staging_grace_s
        return clock.now().timestamp() - self._folder.last_piece_at(upload.id) > grace_s


def _drafts(remains: Remains) -> set[str]:
    return set(remains.notes.get("_drafts", ()))


def _id_in(into: str) -> UUID | None:
    try:
        return UUID(into)
    except ValueError:
        return None
