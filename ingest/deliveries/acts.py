"""Deliveries of many case files, from a path or from an upload, by command and by a job."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import update

from archive_service import access
from archive_service.domain.intake.delivery import TAKE_JOB, UPLOADED, Delivery, DeliveryState
from archive_service.domain.people.account import Actor
from archive_service.errors import ArchiveError, BackendError, ConflictError, InputError
from archive_service.jobs.beat import held
from archive_service.jobs.port import Lease, LeaseLostError
from archive_service.services import Services
from ingest.channels.bulk import Bulk, open_bulk
from ingest.deliveries.delivery import close_delivery, find_delivery, resume_delivery, stop_delivery
from ingest.deliveries.documents import (
    DeliveryDocument,
    DeliveryWithRefusals,
    RefusalDocument,
)
from ingest.deliveries.plan import DeliveryPlan, open_plan
from ingest.deliveries.take_in import Tools, begin_delivery, iter_taken, sheet_sha256, tell_plan
from ingest.deliveries.views import iter_refusals, outcomes
from ingest.uploads.acts import upload_folder

SLICE_S = 300.0  # so long a job goes on with one delivery before it lets others in
_ASKED_S = 1.0  # so often a process that waits for another asks how far that is
Progress = Callable[[int, int], None]


class DeliveryElsewhereError(ConflictError):
    """What was sent does not lie where it lay, or not on this machine."""


class DeliveryChangedError(ConflictError):
    """The list at that place is another one now: it is a delivery of its own."""


def deliver(
    place: Path, *, actor: Actor, services: Services, progress: Progress = lambda *_: None
) -> UUID:
    """Take in the list at ``place`` with everything beside it, here and now; the delivery's id.

    A delivery of the same list that was broken off goes on where it was. Its job is held
    meanwhile: if this process is killed or a backend does not answer, a worker goes on with it,
    or tells why it cannot.

    Raises:
        InputError: the list cannot be read, or declares nothing; nothing was taken in.
        BackendError: a backend did not answer.
    """
    channel = "zip" if place.suffix.lower() == ".zip" else "folder"
    with _opened(services, place.absolute(), place.absolute().name, channel) as (bulk, plan):
        tools = _tools(services)
        delivery_id, _ = begin_delivery(
            bulk, place=str(place.absolute()), channel=channel, actor=actor, tools=tools
        )
        tell_plan(delivery_id, plan, database=services.database)
        with _in_hand(delivery_id, services, progress, actor=actor):
            for done, rows in iter_taken(delivery_id, bulk, plan, tools=tools):
                progress(done, rows)
    return delivery_id


def deliver_upload(upload: UUID, name: str, *, actor: Actor, services: Services) -> UUID:
    """Begin to take in an uploaded ZIP or list; a job does it. The upload stays until it is over.

    Raises:
        UploadUnknownError, UploadIncompleteError: there is no such upload of this account.
        InputError: there is no list in it, or it cannot be read.
    """
    access.require(actor, "submission:create")
    whole = upload_folder(services).whole(upload, owner=actor.account)
    place, shown = upload_folder(services).path(whole.id), name or whole.name
    with _opened(services, place, shown, "rest") as (bulk, plan):
        text = f"{UPLOADED}{whole.id}"
        delivery_id, _ = begin_delivery(
            bulk, place=text, channel="rest", actor=actor, tools=_tools(services)
        )
        tell_plan(delivery_id, plan, database=services.database)
    _queue(services, delivery_id)
    return delivery_id


def take_delivery(lease: Lease, services: Services) -> None:
    """The job: some minutes of one delivery, then the job again, until it is over.

    A list that cannot be read any more stops the delivery with the reason; a person resumes it.
    """
    if lease.subject_id is None:
        raise ValueError(f"{TAKE_JOB} needs a delivery")
    with services.read_only() as session:
        delivery = session.get_one(Delivery, lease.subject_id)
        session.expunge(delivery)
    try:
        if delivery.state is DeliveryState.RUNNING:
            _require_readable(delivery, services)
            _take_slice(delivery, services)
    except (InputError, ConflictError) as trouble:
        _stand_still(delivery.id, trouble, services)
    now = _finish(lease, services)
    if now.state is DeliveryState.DONE and (upload := _upload_of(now)) is not None:
        upload_folder(services).discard([upload])


def show_delivery(
    services: Services, delivery_id: UUID, *, actor: Actor, lang: str = "vi"
) -> DeliveryDocument:
    """One delivery and how far it is.

    Raises:
        DeliveryNotFoundError
    """
    with services.read_only() as session:
        row = find_delivery(session, delivery_id, actor=actor)
        return DeliveryDocument.of(row, outcomes(session, [row])[row.id], lang)


def delivery_with_refusals(
    services: Services, delivery_id: UUID, *, actor: Actor, lang: str = "vi"
) -> DeliveryWithRefusals:
    """Show how far a delivery is, and which case files it refused, by row.

    Raises:
        DeliveryNotFoundError
    """
    whole = show_delivery(services, delivery_id, actor=actor, lang=lang)
    with services.read_only() as session:
        refused = [RefusalDocument.of(row, lang) for row in iter_refusals(session, delivery_id)]
    return whole.extended(DeliveryWithRefusals, refused_rows=refused)


def resume(
    services: Services,
    delivery_id: UUID,
    *,
    actor: Actor,
    progress: Progress | None = None,
    lang: str = "vi",
) -> DeliveryDocument:
    """Go on with a delivery that was stopped or broken off.

    Args:
        progress: told how far it is, which is taken in here and now; without it a job does it.

    Raises:
        DeliveryNotFoundError, NotAllowedError
        DeliveryElsewhereError: what was sent is not where it lay.
        DeliveryChangedError: the list there is another one now.
    """
    resume_delivery(delivery_id, actor=actor, database=services.database)
    if progress is None:
        _queue(services, delivery_id)
    else:
        _take_here(services, delivery_id, progress, actor=actor)
    return show_delivery(services, delivery_id, actor=actor, lang=lang)


def _take_here(services: Services, delivery_id: UUID, progress: Progress, *, actor: Actor) -> None:
    with services.read_only() as session:
        delivery = find_delivery(session, delivery_id, actor=actor)
        session.expunge(delivery)
    if delivery.state is DeliveryState.RUNNING:
        with _in_hand(delivery_id, services, progress, actor=actor):
            _take_slice(delivery, services, progress=progress, limit_s=float("inf"))


def stop(
    services: Services, delivery_id: UUID, *, actor: Actor, lang: str = "vi"
) -> DeliveryDocument:
    """Take no further case file of a delivery; what was taken stays.

    Raises:
        DeliveryNotFoundError, NotAllowedError
    """
    stop_delivery(delivery_id, actor=actor, database=services.database)
    return show_delivery(services, delivery_id, actor=actor, lang=lang)


def close(
    services: Services, delivery_id: UUID, *, actor: Actor, lang: str = "vi"
) -> DeliveryDocument:
    """Take no more of a stopped delivery for good, and have the receipt for what was taken.

    Raises:
        DeliveryNotFoundError, NotAllowedError
    """
    close_delivery(delivery_id, actor=actor, database=services.database, jobs=services.jobs)
    return show_delivery(services, delivery_id, actor=actor, lang=lang)


@contextmanager
def _in_hand(
    delivery_id: UUID, services: Services, progress: Progress, *, actor: Actor
) -> Iterator[None]:
    """Hold the delivery's job while this process takes it in, as a worker would.

    Whoever has it now is waited for. What breaks off is left to workers; a person who interrupts
    it has it stopped.
    """
    services.jobs.reclaim_dead()
    while (lease := _begun(delivery_id, services)) is None:
        with services.read_only() as session:
            now = session.get_one(Delivery, delivery_id)
        progress(now.done, now.rows)
        if now.state is not DeliveryState.RUNNING:
            yield
            return
        time.sleep(_ASKED_S)
    try:
        with held(lease, jobs=services.jobs):
            yield
    except KeyboardInterrupt:
        stop_delivery(delivery_id, actor=actor, database=services.database)
        _finish(lease, services)
        raise
    except (InputError, ConflictError) as trouble:
        _stand_still(delivery_id, trouble, services)
        _finish(lease, services)
        raise
    except BackendError as trouble:
        services.jobs.wait_out(lease, {"code": trouble.code, "facts": {}})
        raise
    with suppress(LeaseLostError):  # a worker has it by now
        _finish(lease, services)


def _finish(lease: Lease, services: Services) -> Delivery:
    """The job is done; where the delivery is not over yet it is wanted again."""
    if lease.subject_id is None:
        raise ValueError(f"{TAKE_JOB} needs a delivery")
    with services.writing() as session:
        services.jobs.finish(session, lease)
        now = session.get_one(Delivery, lease.subject_id)
        if now.state is DeliveryState.RUNNING:
            services.jobs.add(session, TAKE_JOB, subject_id=now.id)
        return now


def _begun(delivery_id: UUID, services: Services) -> Lease | None:
    with services.writing() as session:
        return services.jobs.begin(session, TAKE_JOB, subject_id=delivery_id)


def _take_slice(
    delivery: Delivery,
    services: Services,
    *,
    progress: Progress = lambda *_: None,
    limit_s: float = SLICE_S,
) -> None:
    place = _place(delivery, services)
    until = time.monotonic() + limit_s
    with _opened(services, place, delivery.source, delivery.channel) as (bulk, plan):
        if sheet_sha256(bulk.sheet) != delivery.content_sha256:
            raise DeliveryChangedError(id=delivery.id, source=delivery.source)
        for done, rows in iter_taken(delivery.id, bulk, plan, tools=_tools(services)):
            progress(done, rows)
            if time.monotonic() > until:
                return


def _place(delivery: Delivery, services: Services) -> Path:
    upload = _upload_of(delivery)
    place = Path(delivery.place) if upload is None else upload_folder(services).path(upload)
    if not delivery.place or not place.exists():  # what was taken in at once lies nowhere
        raise DeliveryElsewhereError(id=delivery.id, source=delivery.source)
    return place


def _require_readable(delivery: Delivery, services: Services) -> None:
    """What a command began lies where its account may read; a worker's may be another.

    Raises:
        DeliveryElsewhereError: else each case file of it would be refused.
    """
    place = _place(delivery, services)
    lone = place.is_file() and place.suffix.lower() != ".xlsx"
    root = place if place.is_dir() else place.parent
    tree = [] if lone else ((Path(at), (*below, *names)) for at, below, names in os.walk(root))
    every = (folder / name for folder, names in tree for name in names)
    if not all(os.access(each, os.R_OK) for each in (place, root, *every) if not each.is_symlink()):
        raise DeliveryElsewhereError(id=delivery.id, source=delivery.source)


def _upload_of(delivery: Delivery) -> UUID | None:
    is_upload = delivery.place.startswith(UPLOADED)
    return UUID(delivery.place.removeprefix(UPLOADED)) if is_upload else None


def _stand_still(delivery_id: UUID, trouble: ArchiveError, services: Services) -> None:
    facts: dict[str, Any] = {name: str(value) for name, value in trouble.facts.items()}
    with services.writing() as session:
        session.execute(
            update(Delivery)
            .where(Delivery.id == delivery_id, Delivery.state == DeliveryState.RUNNING)
            .values(
                state=DeliveryState.STOPPED,
                trouble={"code": trouble.code, "facts": facts},
                revision=Delivery.revision + 1,
            )
        )


def _queue(services: Services, delivery_id: UUID) -> None:
    with services.writing() as session:
        services.jobs.add(session, TAKE_JOB, subject_id=delivery_id)


def _tools(services: Services) -> Tools:
    return Tools(
        services.database,
        services.staging,
        services.jobs,
        services.settings.limits,
        services.trust,
    )


@contextmanager
def _opened(
    services: Services, place: Path, name: str, channel: str
) -> Iterator[tuple[Bulk, DeliveryPlan]]:
    limits = services.settings.limits
    with ExitStack() as stack:
        bulk = stack.enter_context(open_bulk(place, name, limits, channel=channel))
        plan = stack.enter_context(open_plan(bulk.sheet, bulk.sheet_name, bulk.entries, limits))
        yield bulk, plan
