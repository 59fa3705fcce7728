"""Why a field of a request is wrong: pydantic knows it in English, people are told in our words."""

import datetime as dt
import enum
from typing import Literal, get_args
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict, Field, Json, ValidationError
from pydantic_core.core_schema import ErrorType

from archive_service.api.fields import WrongField, misfit
from archive_service.messages import LANGUAGES


class Word(enum.StrEnum):
    ONE = "one"


class Row(BaseModel):
    """Whatever the models of requests ask for."""

    model_config = ConfigDict(extra="forbid")

    a: int = Field(ge=1)
    b: int = Field(le=1)
    c: float = Field(gt=1)
    d: float = Field(lt=1)
    e: str = Field(min_length=2)
    f: str = Field(max_length=2)
    g: list[int] = Field(min_length=2)
    h: list[int] = Field(max_length=2)
    i: Literal["x", "y"]
    j: Word
    k: UUID
    n: dt.date
    m: Json[dict[str, str]]


def test_facts_fill_the_words() -> None:
    given = dict.fromkeys("abcdefghijkmn", "?") | {"b": 2, "a": 0, "c": 1, "d": 1, "f": "xyz"}
    with pytest.raises(ValidationError) as wrong:
        Row.model_validate(given | {"g": [1], "h": [1, 2, 3], "o": 0})
    told = {
        wrong_field.place: wrong_field.told("vi").message
        for wrong_field in misfit("json", wrong.value).wrong
    }
    assert len(told) == len(given) + 1
    assert not [message for message in told.values() if "{" in message or "nput" in message]
    assert told["json.i"] == "Trường json.i chưa đúng: phải là một trong: x, y."


@pytest.mark.parametrize("lang", LANGUAGES)
def test_whatever_pydantic_finds_has_words(lang: str) -> None:
    for why in get_args(ErrorType):
        said = WrongField("json.x", why).told(lang)
        assert (said.code, "labels." in said.message) == ("field-invalid", False), why
