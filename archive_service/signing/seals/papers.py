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
        "title": _said("title", number=minutes.number),
        "issuer_above": "",
        "issuer": minutes.agency,
        "number": minutes.number,
        "place_and_date": f"{minutes.place}, {day}",
        "heading": _said("heading"),
        "about": _said("about-return" if minutes.returning else "about", agency=minutes.agency),
        "opening": _said("opening", day=day, agency=minutes.agency),
        "sides": [
            (_said("giver"), minutes.giver),
            (_said("receiver"), minutes.receiver),
        ],
        "subject_words": _said("subject"),
        "rows": [*_certified(minutes.certificate), (_said("kept-on"), minutes.kept_on)],
        "sha256": minutes.sha256,
        "duties": [_said("duty-return" if minutes.returning else "duty")],
        "closing": _said("closing"),
        "signatures": [
            (_said("giver"), minutes.giver.partition(",")[0]),
            (_said("receiver"), minutes.receiver.partition(",")[0]),
        ],
    }


def _certified(certificate: KeyCertificate | None) -> list[tuple[str, str]]:
    if certificate is None:
        return [(_said("named"), _said("unreadable"))]
    period = _said(
        "period",
        start=words.day(clock.local(certificate.valid_from).date()),
        end=words.day(clock.local(certificate.valid_to).date()),
    )
    return [
        (_said("named"), certificate.subject.name),
        (_said("issued-by"), certificate.issuer),
        (_said("valid"), period),
    ]


def _said(key: str, **facts: object) -> str:
    """Words of the minutes; an official paper is in Vietnamese."""
    return messages.text(f"forms.seal-minutes.{key}", "vi", **facts)
