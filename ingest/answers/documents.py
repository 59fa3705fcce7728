"""Answers to edXML packets, of the contract."""

from pydantic import BaseModel


class AnswerDocument(BaseModel):
    """One status packet; ``status`` is a code of QCVN 102, ``state`` waiting or delivered."""

    id: str
    document_id: str
    status: str
    description: str
    recipient: str
    at: str
    state: str
    delivered_at: str | None


class AnswerList(BaseModel):
    """Answers, the oldest first."""

    answers: list[AnswerDocument]
    cursor: str | None = None
