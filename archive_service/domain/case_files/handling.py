"""How a document was sent and dealt with before it came: by whom, to whom, what was said of it."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

MOST = 1000  # of each that is kept
_SHORT, _LONG = 500, 4000  # letters


class _StrictModel(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


class Organ(_StrictModel):
    """Who sent it."""

    code: str = Field(default="", max_length=_SHORT)
    name: str = Field(default="", max_length=_SHORT)
    email: str = Field(default="", max_length=_SHORT)


class Receiver(Organ):
    """To whom it was sent; ``kind`` as the sender says, where it does."""

    kind: str = Field(default="", max_length=_SHORT)


class Station(_StrictModel):
    """Through which organ it went, and when, as its packet wrote it."""

    organ: str = Field(default="", max_length=_SHORT)
    at: str = Field(default="", max_length=_SHORT)


class Opinion(_StrictModel):
    """What was said of it (ý kiến phân phối, chỉ đạo) and by whom."""

    text: str = Field(default="", max_length=_LONG)
    department: str = Field(default="", max_length=_SHORT)
    staff: str = Field(default="", max_length=_SHORT)
    email: str = Field(default="", max_length=_SHORT)
    mobile: str = Field(default="", max_length=_SHORT)


class Handling(_StrictModel):
    """All of it; ``errand`` and ``steering`` are codes of QCVN 102:2016."""

    sender: Organ = Organ()
    receivers: list[Receiver] = Field(default=[], max_length=MOST)
    stations: list[Station] = Field(default=[], max_length=MOST)
    opinions: list[Opinion] = Field(default=[], max_length=MOST)
    errand: str = Field(default="", max_length=10)
    steering: str = Field(default="", max_length=10)
    content: str = Field(default="", max_length=_LONG)  # where it is not the subject
    scope: str = Field(default="", max_length=_SHORT)  # of promulgation
    paper: str = Field(default="", max_length=10)  # whether it goes out on paper as well
    targets: list[str] = Field(default=[], max_length=MOST)  # documents it recalls or replaces

    def as_kept(self) -> dict[str, JsonValue]:
        """What is said of it, without what is empty."""
        kept_facts: dict[str, Any] = self.model_dump()
        lists = ("receivers", "stations", "opinions")
        kept: dict[str, Any] = {
            name: [{key: text for key, text in fact.items() if text} for fact in kept_facts[name]]
            for name in lists
        }
        kept["sender"] = {key: text for key, text in kept_facts["sender"].items() if text}
        return {name: value for name, value in (kept_facts | kept).items() if value}


def handling_kept(value: Any) -> dict[str, JsonValue]:  # Any: what a package or a row says
    """The same, checked; nothing where it is of another form."""
    try:
        return Handling.model_validate(value or {}).as_kept()
    except ValidationError:
        return {}


def handling_words(facts: dict[str, Any], *, reduced: bool) -> list[str]:
    """What is found by searching: receivers, and opinions for those who may read them."""
    handling = Handling.model_validate(handling_kept(facts))
    words = [
        text for receiver in handling.receivers for text in (receiver.code, receiver.name) if text
    ]
    if not reduced:
        for opinion in handling.opinions:
            words += [text for text in (opinion.text, opinion.department, opinion.staff) if text]
    return words
