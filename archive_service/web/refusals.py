"""What refuses a form, told at the field it concerns; what concerns none, above the page."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeVar, get_args, get_origin

from flask import Response, current_app, g, make_response, request
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from werkzeug.datastructures import FileStorage

from archive_service import clock, messages
from archive_service.errors import ArchiveError, InputError
from archive_service.given import Given
from archive_service.web.bodies import require_sender
from archive_service.web.errors import shown
from archive_service.web.language import language
from archive_service.web.numbers import number_or_none

_LONGEST_SHOWN = 40  # characters of what stands in the place of a day
_G = TypeVar("_G", bound=Given)


@dataclass(frozen=True, slots=True)
class ShownRefusal:
    """``problem`` for the head of the page or ``faults`` by field, each ``{message, remedy}``."""

    status: int
    problem: dict[str, str] | None = None
    faults: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RefusedForm:
    """A form in a dialog that was refused: it stands open as it was filled."""

    dialog: str
    given: Mapping[str, str]
    told: ShownRefusal

    @property
    def problem(self) -> dict[str, str] | None:
        """What concerns none of its fields."""
        return self.told.problem

    @property
    def faults(self) -> Mapping[str, dict[str, str]]:
        """What is wrong, by field."""
        return self.told.faults


class FormFieldError(InputError):
    """A field of a form is empty, or not of the form that is asked for.

    ``field`` is its name for people, ``at`` the one in the form.
    """


class FormFileError(InputError):
    """No file was chosen where a form needs one; ``field`` and ``at`` as of ``FormFieldError``."""


class DayError(InputError):
    """A field that takes a day has other words, or a day that no calendar has.

    ``text`` is what was typed, ``at`` the field in the form.
    """

    code = "day-invalid"


def typed_day(text: str, at: str) -> dt.date:
    """The day in these words of the field ``at``, in any form of ``clock.day_of``.

    Raises:
        DayError: they are none.
    """
    try:
        return clock.day_of(text)
    except ValueError:
        raise DayError(text=text.strip()[:_LONGEST_SHOWN], at=at) from None


def day_in_form(at: str, name: str) -> dt.date:
    """The day in the field ``at``, which has to be filled in.

    Raises:
        FormFieldError: it is empty.
        DayError: it holds something else.
    """
    text = request.form.get(at, "")
    if not text.strip():
        raise FormFieldError(field=name, at=at)
    return typed_day(text, at)


def day_or_none(at: str) -> dt.date | None:
    """The day in the field ``at``; none where it is empty, ``DayError`` for other words."""
    text = request.form.get(at, "")
    return typed_day(text, at) if text.strip() else None


def file_in_form(at: str, name: str) -> FileStorage:
    """The file that was chosen in the field ``at``, known to people by this name.

    Raises:
        ActNotAllowedError: who asks may not send one, as ``takes`` says of the route.
        FormFileError: there is none.
    """
    sent = request.files.get(at)
    if sent is None or not sent.filename:
        require_sender()
        raise FormFileError(field=name, at=at)
    return sent


def given_in_form(
    model: type[_G],
    places: str | Mapping[str, str] = "",
    /,
    *,
    labels: str | Mapping[str, str] = "",
    **read: object,
) -> _G:
    """What an act is given: ``read``, and each other field from the form's of the same name.

    Args:
        model: what the act is given.
        places: what stands before the names in the form, or the name there of each field that
            has another one.
        labels: the key of the words by which people know the fields, or that of each field by its
            name; else they have the form's.

    Raises:
        DayError, NotWholeNumberError
        FormFieldError: the first one that is empty, too long, or not of the form asked for.
    """
    prefix, others = (places, {}) if isinstance(places, str) else ("", places)
    at = {name: others.get(name, prefix + name) for name in model.model_fields}
    for name, field_info in model.model_fields.items():
        value = None if name in read else _in_form(field_info, at[name])
        read |= {} if value is None else {name: value}
    try:
        return model(**read)
    except ValidationError as wrong:
        name = str(wrong.errors()[0]["loc"][0])
        key = labels and f"{labels}.{name}" if isinstance(labels, str) else labels.get(name)
        words = messages.text(key, language()) if key else at[name]
        raise FormFieldError(field=words, at=at[name]) from None


def _in_form(field_info: FieldInfo, at: str) -> object:
    """The value in the form; words that are left out are empty, and the act tells what it needs."""
    kinds = {field_info.annotation, *get_args(field_info.annotation)}
    if at not in request.form:
        return "" if field_info.annotation is str and field_info.is_required() else None
    if dt.date in kinds:
        return day_or_none(at)
    if int in kinds:
        return number_or_none(at)
    if get_origin(field_info.annotation) in (list, tuple):
        return request.form.getlist(at)
    return True if bool in kinds else request.form[at]


def at_fields(refused: ArchiveError | None, places: Mapping[str, str]) -> ShownRefusal:
    """Where a refusal belongs.

    Args:
        places: error code, or code and the field that its facts name joined by ``:`` → field of
            the form.
    """
    problem, status = shown(refused)
    if refused is None or problem is None:
        return ShownRefusal(status)
    named = places.get(f"{refused.code}:{refused.facts.get('field')}")
    at_own = isinstance(refused, (DayError, FormFieldError, FormFileError))
    own = str(refused.facts["at"]) if at_own else getattr(refused, "at", "")
    place = named or places.get(refused.code) or own
    return ShownRefusal(status, faults={place: problem}) if place else ShownRefusal(status, problem)


def at_each(refused: Sequence[ArchiveError], places: Mapping[str, str]) -> ShownRefusal:
    """Where each of several belongs; the first gives the status, and a place has one fault."""
    each = [at_fields(one, places) for one in refused] or [at_fields(None, places)]
    faults = {place: fault for refusal in reversed(each) for place, fault in refusal.faults.items()}
    problem = next((refusal.problem for refusal in each if refusal.problem), None)
    return ShownRefusal(each[0].status, problem, faults)


def shown_again(endpoint: str, refused: RefusedForm, **values: object) -> Response:
    """The page of another room that a form stands on, which shows it as it was filled.

    Args:
        endpoint: the page, named as for ``url_for``, and ``values`` as there; it asks
            ``refused_form``.
    """
    g.refused_form = refused
    page = make_response(current_app.view_functions[endpoint](**values))
    if page.status_code == HTTPStatus.OK:
        page.status_code = refused.told.status
    return page


def refused_form() -> RefusedForm | None:
    """The form of this request that was refused and stands on the page that is shown."""
    found: RefusedForm | None = g.get("refused_form")
    return found
