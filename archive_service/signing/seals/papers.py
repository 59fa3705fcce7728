"""Biên bản bàn giao khóa bí mật: an agency's seal key goes to a clerk, or comes back."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from archive_service import clock, messages
from archive_service.forms import words
from archive_service.forms.typst_form import PRESS, TEMPLATES, Press, render
from archive_service.signing.port import KeyCertificate

TEMPLATE = TEMPLATES / "bien_ban_ban_giao.typ"


@dataclass(frozen=True, slots=True)
class SealMinutes:
    """What the minutes say; ``returning`` where the clerk gives the key back.

    ``sha256`` is the certificate's, which is ``None`` where the key cannot be opened any more;
    ``kept_on`` tells where the key lies, without any secret.
    """

    number: str
    agency: str
    place: str
    giver: str
    receiver: str
    certificate: KeyCertificate | None
    sha256: str
    kept_on: str
    returning: bool = False


def make_minutes(
    minutes: SealMinutes, target: Path, *, at: dt.datetime, press: Press = PRESS
) -> None:
    """Print the minutes: a PDF/A-2b at ``target``, whole or not at all; both sides sign it.

    Source: NĐ 30/2020/NĐ-CP, Điều 32: the key is handed over with minutes.
    """
    render(TEMPLATE, _data(minutes, at), target, press=press, at=at)


def _data(minutes: SealMinutes, at: dt.datetime) -> dict[str, object]:
    day = words.day_in_words(clock.local(at).date())
    return {
        "title": _words("title", number=minutes.number),
        "issuer_above": "",
        "issuer": minutes.agency,
        "number": minutes.number,
        "place_and_date": f"{minutes.place}, {day}",
        "heading": _words("heading"),
        "about": _words("about-return" if minutes.returning else "about", agency=minutes.agency),
        "opening": _words("opening", day=day, agency=minutes.agency),
        "sides": [
            (_words("giver"), minutes.giver),
            (_words("receiver"), minutes.receiver),
        ],
        "subject_words": _words("subject"),
        "rows": [*_certified(minutes.certificate), (_words("kept-on"), minutes.kept_on)],
        "sha256": minutes.sha256,
        "duties": [_words("duty-return" if minutes.returning else "duty")],
        "closing": _words("closing"),
        "signatures": [
            (_words("giver"), minutes.giver.partition(",")[0]),
            (_words("receiver"), minutes.receiver.partition(",")[0]),
        ],
    }


def _certified(certificate: KeyCertificate | None) -> list[tuple[str, str]]:
    if certificate is None:
        return [(_words("named"), _words("unreadable"))]
    period = _words(
        "period",
        start=words.day(clock.local(certificate.valid_from).date()),
        end=words.day(clock.local(certificate.valid_to).date()),
    )
    return [
        (_words("named"), certificate.subject.name),
        (_words("issued-by"), certificate.issuer),
        (_words("valid"), period),
    ]


def _words(key: str, **facts: object) -> str:
    """Words of the minutes; an official paper is in Vietnamese."""
    return messages.text(f"forms.seal-minutes.{key}", "vi", **facts)
