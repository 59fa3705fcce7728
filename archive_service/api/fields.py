"""Fields of a request that are wrong: all of them at once, each with its place and our words."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from pydantic import AfterValidator, ValidationError
from pydantic_core import ErrorDetails

from archive_service import messages
from archive_service.errors import ArchiveError, InputError
from archive_service.finding_document import FindingDocument

_REASONS = "labels.field-reasons"
_QUOTED = re.compile("'([^']*)'")


@dataclass(frozen=True, slots=True)
class WrongField:
    """A field, and why it is wrong: in pydantic's word for it, or by the code of an error."""

    place: str
    why: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def told(self, lang: str) -> FindingDocument:
        """The finding in the reader's language."""
        if messages.has(f"errors.{self.why}.message", lang):
            code, message = self.why, messages.error(self.why, lang, self.facts)
        else:
            code = "field-invalid"
            facts = {"field": self.place, "reason": self._reason(lang)}
            message = messages.finding(code, lang, facts)
        return FindingDocument(
            check="request",
            code=code,
            severity="error",
            place=self.place,
            message=message.message,
            remedy=message.remedy,
        )

    def _reason(self, lang: str) -> str:
        """By the very word, else by its first part: ``date`` for ``date_parsing``."""
        words = (self.why, self.why.partition("_")[0], "other")
        keys = (f"{_REASONS}.{word}" for word in words)
        return messages.text(
            next(key for key in keys if messages.has(key, lang)), lang, **self.facts
        )


class RequestInvalidError(InputError):
    """Fields of the request are missing or of the wrong form; each is named in ``findings``."""

    @property
    def wrong(self) -> Sequence[WrongField]:
        """The fields."""
        return cast("Sequence[WrongField]", self.facts["fields"])


def refusal(*wrong: WrongField) -> RequestInvalidError:
    """The refusal of a request with these fields."""
    return RequestInvalidError(fields=wrong, names=[wrong_field.place for wrong_field in wrong])


def misfit(location: str, error: ValidationError) -> RequestInvalidError:
    """All that does not fit a model; ``location`` is ``json``, ``query`` or ``form``."""
    return refusal(*_iter_wrong(location, error))


def judged(check: Callable[[str], object]) -> AfterValidator:
    """A field that another module judges: its refusal is told beside those of other fields."""

    def run(value: str) -> str:
        try:
            check(value)
        except InputError as error:
            raise ValueError(error) from error
        return value

    return AfterValidator(run)


def _iter_wrong(location: str, error: ValidationError) -> Iterator[WrongField]:
    for one in error.errors(include_url=False, include_input=False):
        place = ".".join((location, *map(str, one["loc"])))
        refused = _refused(one)
        if refused is not None:
            yield WrongField(place, refused.code, refused.facts)
        else:
            facts = dict(one.get("ctx", {}))
            if isinstance(allowed := facts.get("expected"), str):  # 'a', 'b' or 'c'
                facts["expected"] = _QUOTED.findall(allowed)
            yield WrongField(place, one["type"], facts)


def _refused(detail: ErrorDetails) -> ArchiveError | None:
    """What ``judged`` was told."""
    raised = detail.get("ctx", {}).get("error")
    cause = raised.__cause__ if isinstance(raised, ValueError) else None
    return cause if isinstance(cause, ArchiveError) else None
