"""Routes that only forward: made of an act, which says what it takes and tells."""

from collections.abc import Callable
from http import HTTPMethod, HTTPStatus
from typing import Any

from apiflask import APIBlueprint

from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.request import language
from archive_service.given import Act, Given
from archive_service.request import Body, current_actor, services, takes


def offer(
    bp: APIBlueprint,
    rule: str,
    act: Callable[..., Any],
    *,
    method: HTTPMethod = HTTPMethod.POST,
    creates: bool = False,
    status: HTTPStatus = HTTPStatus.OK,
    location: str = "",
    body: tuple[Body, str] | None = None,
) -> None:
    """``method rule`` carries out ``act``; parts of the rule are what the act is about.

    Args:
        method: of HTTP.
        creates: answered 201, and once for an ``Idempotency-Key``.
        status: of the answer, where the act only begins something.
        location: where what it is given stands, ``json`` or ``query``, if not as ``method`` has it.
        body: what it takes more than a form, of those who may do this act.
    """
    made = Act(act)
    location = location or ("query" if method is HTTPMethod.GET else "json")

    def carry_out(**sent: Any) -> Any:
        given = sent.pop(f"{location}_data", None)
        about = (sent[each] for each in made.named)
        return made(services(), *about, given=given, actor=current_actor(), lang=language())

    def create(json_data: Given | None = None, **named: object) -> Answer:
        sent = json_data.model_dump_json() if json_data else b""
        return answer_once(sent, lambda: carry_out(json_data=json_data, **named))

    view: Callable[..., Any] = create if creates else carry_out
    view.__name__, view.__doc__ = act.__name__, made.words
    shown = takes(*body)(view) if body else view
    answered = HTTPStatus.CREATED if creates else status
    shown = bp.output(made.document, status_code=answered)(shown)
    if made.given is not None:
        shown = bp.input(made.given, location=location)(shown)
    bp.route(rule, methods=[method])(shown)
