"""Which lists lack a paper of their step, or have a certificate that says too little."""

import datetime as dt
from typing import Any

from sqlalchemy import exists, func, or_, select

from archive_service import clock
from archive_service.domain.retention.disposition import (
    Disposition,
    DispositionItem,
    DispositionPaper,
    DispositionState,
    ItemState,
    Outcome,
)
from archive_service.domain.retention.removal import PlaceState, Removal, RemovalPlace
from retention.disposition.papers.kinds import CERTIFICATE, DECISION, HANDING_OVER

_LOOKED_AT_AGAIN = dt.timedelta(days=1)


def lacks_papers() -> Any:  # a condition of SQL
    """Of a list: a paper of its step is not made, or its certificate says less than is known."""
    goes = exists().where(
        DispositionItem.disposition_id == Disposition.id,
        DispositionItem.outcome == Outcome.DESTROY,
        DispositionItem.state.in_((ItemState.APPROVED, ItemState.CLAIMED, ItemState.DONE)),
    )
    state = Disposition.state
    return goes & or_(
        (state == DispositionState.APPROVED) & _lacks(DECISION),
        (state == DispositionState.EXECUTING) & _lacks(HANDING_OVER),
        says_too_little(),
    )


def _lacks(form: str) -> Any:  # likewise
    of_list = DispositionPaper.disposition_id == Disposition.id
    return ~exists().where(of_list, DispositionPaper.form == form)


def says_too_little() -> Any:  # likewise
    """Of a list whose certificate is lacking or old.

    A provisional one is looked at again after a day, and made anew if it would say something else;
    one of a list that was carried out as soon as anything moves.
    """
    certified = (
        select(func.max(DispositionPaper.made_at))
        .where(
            DispositionPaper.disposition_id == Disposition.id, DispositionPaper.form == CERTIFICATE
        )
        .scalar_subquery()
    )
    of_list = (
        DispositionItem.disposition_id == Disposition.id,
        DispositionItem.outcome == Outcome.DESTROY,
    )
    of_item = Removal.ground_id == DispositionItem.id
    moved = exists().where(
        *of_list, of_item, or_(Removal.done_at.is_(None), Removal.done_at > certified)
    )
    refused = exists().where(
        *of_list,
        of_item,
        RemovalPlace.removal_id == Removal.id,
        RemovalPlace.state == PlaceState.OPEN,
        RemovalPlace.trouble != "",
    )
    paper_waits = exists().where(
        *of_list,
        DispositionItem.state == ItemState.DONE,
        DispositionItem.paper != "",
        DispositionItem.paper_destroyed_on.is_(None),
    )
    state, lacks = Disposition.state, _lacks(CERTIFICATE)
    old = certified < clock.now() - _LOOKED_AT_AGAIN
    return or_(
        (state == DispositionState.EXECUTING) & (refused | paper_waits) & (lacks | old),
        (state == DispositionState.EXECUTED) & (lacks | moved),
    )
