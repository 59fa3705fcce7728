"""What an edXML packet says, in our own terms: who sends what, and what is to be done with it."""

import datetime as dt
import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass

from archive_service import law, messages
from archive_service.clock import LOCAL_ZONE
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.errors import InputError
from archive_service.signing.xml.tree import Node
from archive_service.text import fold, nfc
from ingest.channels.edxml.dialects import unknown_in
from ingest.channels.edxml.read import Packet
from ingest.channels.values import is_secret

CHECK = "edxml"
RECEIVED = "edxml-received"  # the code of the finding that keeps what the packet says of itself
_YEAR_FIRST = r"(?P<year>\d{4})(?P<by>[/.-])(?P<month>\d{1,2})(?P=by)(?P<day>\d{1,2})"
_DAY_FIRST = r"(?P<day>\d{1,2})(?P<by>[/.-])(?P<month>\d{1,2})(?P=by)(?P<year>\d{4})"
_TIME = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"(?: *(?P<half>SA|CH))? *(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)
# Dates are written by Vietnamese programs: of two numbers the day stands first.
_WRITTEN = [re.compile(rf"{day}(?:[ T]+{_TIME})?") for day in (_YEAR_FIRST, _DAY_FIRST)]
_AFTERNOON = "CH"
_LONGEST_ID, _MOST_NAMED = 200, 20
_NOT_SECRET = ("0", "thuong", "khong", "khong mat", "binh thuong")
_ASKS_BACK = "13"


class PacketWithoutIdError(InputError):
    """The packet names no DocumentId: nothing can be answered, and nothing found again."""

    code = "edxml-without-id"


class PacketTypeError(InputError):
    """A business type, or a status, that is no errand of an archive."""

    code = "edxml-type"


class Errand(enum.Enum):
    """``BussinessDocType`` of QCVN 102, and the status by which a sender asks something back."""

    NEW = "0"
    RECALL = "1"
    UPDATE = "2"
    REPLACEMENT = "3"


@dataclass(frozen=True, slots=True)
class Organ:
    """A sender or receiver."""

    identifier: str
    name: str
    email: str = ""

    @classmethod
    def of(cls, node: Node | None) -> "Organ":
        """The one that ``From`` or ``To`` names."""
        if node is None:
            return cls("", "")
        return cls(_text_at(node, "OrganId"), _text_at(node, "OrganName"), _text_at(node, "Email"))


@dataclass(frozen=True, slots=True)
class PacketFacts:
    """The data of a packet, each as its sender wrote it but for white space and NFC."""

    document_id: str
    errand: Errand
    reason: str
    targets: tuple[str, ...]  # identifiers of the documents that are recalled or replaced
    sender: Organ
    receivers: tuple[Organ, ...]
    sent_at: dt.datetime | None
    fields: dict[str, str]  # by TT 05 name, before they are brought to the kept form
    appendixes: tuple[str, ...]
    findings: tuple[Finding, ...]


def told_by(packet: Packet) -> PacketFacts:
    """Read the data of a packet.

    Raises:
        PacketWithoutIdError: no document is named.
        PacketTypeError: an unknown type, or a status that asks nothing of us.
    """
    message = packet.message
    errand, reason = _errand(packet)
    business = next(iter(packet.business), None)
    answered = _text_at(message, "ResponseFor/DocumentId")
    own = _text_at(message, "DocumentId") or (_text_at(business, "DocumentId") if business else "")
    document_id = (own or answered)[:_LONGEST_ID]
    if not document_id:
        raise PacketWithoutIdError
    sender = Organ.of(message.find("From"))
    findings = list(_not_read(packet))
    fields = _fields(message, sender, findings)
    fields["docId"] = document_id
    sent_at = _sent_at(packet, sender, findings)
    if sent_at is not None:
        fields["sentAt"] = sent_at.astimezone(LOCAL_ZONE).isoformat()
    return PacketFacts(
        document_id=document_id,
        errand=errand,
        reason=reason,
        targets=_targets(errand, business, answered, document_id),
        sender=sender,
        receivers=tuple(Organ.of(node) for node in message.each("To")),
        sent_at=sent_at,
        fields=fields,
        appendixes=tuple(
            node.text for node in message.each("OtherInfo/Appendixes/Appendix") if node.text
        ),
        findings=tuple(findings),
    )


def _errand(packet: Packet) -> tuple[Errand, str]:
    status = _text_at(packet.message, "StatusCode")
    if status:
        if status != _ASKS_BACK:
            raise PacketTypeError(type=status[:20])
        return Errand.RECALL, _text_at(packet.message, "Description")
    business = next(iter(packet.business), None) or Node("Bussiness")
    written = _text_at(business, "BussinessDocType") or Errand.NEW.value
    known = {errand.value: errand for errand in Errand}
    number = written.lstrip("0") or "0" if written.isdecimal() else ""
    if number not in known:
        raise PacketTypeError(type=written[:20])
    return known[number], _text_at(business, "BussinessDocReason")


def _targets(
    errand: Errand, business: Node | None, answered: str, document_id: str
) -> tuple[str, ...]:
    """What is recalled, updated or replaced; nothing for a new document."""
    if errand is Errand.NEW:
        return ()
    named = business.each("ReplacementInfoList/ReplacementInfo") if business else ()
    found = [_text_at(node, "DocumentId") for node in named]
    if errand is not Errand.REPLACEMENT or not any(found):
        found = [_text_at(business, "DocumentId") if business else "", *found]
    found = [name[:_LONGEST_ID] for name in found if name]
    return tuple(dict.fromkeys(found or [answered or document_id]))


def _fields(message: Node, sender: Organ, findings: list[Finding]) -> dict[str, str]:
    signer = message.find("SignerInfo") or Node("SignerInfo")
    other = message.find("OtherInfo") or Node("OtherInfo")
    competence, position = _text_at(signer, "Competence"), _text_at(signer, "Position")
    places = [nfc(node.text) for node in message.each("ToPlaces/Place") if node.text]
    to = [organ.name for organ in map(Organ.of, message.each("To")) if organ.name]
    kind, true_kind = _kind(_text_at(message, "DocumentType/TypeName"), findings)
    pages, amount = _text_at(other, "PageAmount"), _text_at(other, "PromulgationAmount")
    notes = [
        _note("type-name", true_kind),
        _note("promulgation-amount", "" if amount.isdecimal() else amount),
        _note("place", _text_at(message, "PromulgationInfo/Place")),
    ]
    return {
        "codeNumber": _text_at(message, "Code/CodeNumber"),
        "codeNotation": _text_at(message, "Code/CodeNotation"),
        "issuedDate": _day(_text_at(message, "PromulgationInfo/PromulgationDate")),
        "typeName": kind,
        "subject": _text_at(message, "Subject"),
        "organName": sender.name,
        "sender": sender.name,
        "signer": _text_at(signer, "FullName"),
        "signerPosition": " ".join(part for part in (competence, position) if part),
        "receivers": "; ".join(dict.fromkeys(places or to)),
        "urgency": _priority(_text_at(other, "Priority"), findings),
        "issuedAmount": amount if amount.isdecimal() else "",
        "dueDate": _day(_text_at(message, "DueDate")),
        "mode": _mode(_text_at(other, "Secret"), findings),
        "numberOfPage": pages if pages.isdecimal() and pages.strip("0") else "",
        "description": "; ".join(note for note in notes if note),
    }


def _note(name: str, value: str) -> str:
    """What the circular has no field for stands in the note of the document."""
    return f"{messages.label('edxml-notes', name)}: {value}" if value else ""


def _kind(name: str, findings: list[Finding]) -> tuple[str, str]:
    """The code of a document type; the true name too, where the list has none for it."""
    if not name:
        return "", ""
    types = law.code_list("typeName")
    code = types.find(name)
    if code is not None:
        return code, ""
    other = types.parse("Other")
    facts = {"name": name[:200], "code": other, "label": types.label(other)}
    findings.append(Finding(CHECK, "edxml-type-mapped", Severity.INFO, "TypeName", facts))
    return other, name


def _priority(written: str, findings: list[Finding]) -> str:
    if not written or law.code_list("urgency").find(written) is not None:
        return written
    facts = {"value": written[:100]}
    findings.append(Finding(CHECK, "edxml-priority", Severity.WARNING, "Priority", facts))
    return ""


def _mode(written: str, findings: list[Finding]) -> str:
    """The level of secrecy that the form before the standard names; empty for none."""
    if is_secret(written):
        return written
    if written and fold(written) not in _NOT_SECRET:
        facts = {"value": written[:100]}
        findings.append(Finding(CHECK, "edxml-secrecy", Severity.WARNING, "Secret", facts))
    return ""


def _not_read(packet: Packet) -> Iterator[Finding]:
    """Elements with something in them that are not known here, by their names."""
    names = list(dict.fromkeys(unknown_in(packet.envelope)))
    if names:
        facts = {"names": ", ".join(names[:_MOST_NAMED])[:900], "count": len(names)}
        yield Finding(CHECK, "edxml-elements-unknown", Severity.INFO, "", facts)


def organ_of(trace: Node) -> str:
    """Who had it in hands; the form before the standard names sender and receiver."""
    return trace.told("OrganId") or trace.told("Sender/OrganId")


def _sent_at(packet: Packet, sender: Organ, findings: list[Finding]) -> dt.datetime | None:
    """When the sender let it go, by its own trace; else the first time that is told."""
    traces = list(packet.header.each("TraceHeaderList/TraceHeader"))
    own = [trace for trace in traces if nfc(organ_of(trace)) == sender.identifier]
    written = [_text_at(trace, "Timestamp") for trace in (*own, *traces)]
    written = [*filter(None, (*written, _text_at(packet.message, "Timestamp")))]
    moments = [as_moment(text) for text in written]
    if written and moments[0] is None:
        facts = {"value": written[0][:100]}
        findings.append(Finding(CHECK, "edxml-time", Severity.WARNING, "Timestamp", facts))
    return next((moment for moment in moments if moment is not None), None)


def as_moment(written: str) -> dt.datetime | None:
    """A day with a time, of a Vietnamese clock unless its zone is named; else ``None``."""
    found = next(filter(None, (form.fullmatch(written) for form in _WRITTEN)), None)
    if found is None or found["hour"] is None:
        return None
    part = {name: int(found[name] or 0) for name in ("year", "month", "day", "hour", "minute")}
    if found["half"]:
        part["hour"] = part["hour"] % 12 + (12 if found["half"] == _AFTERNOON else 0)
    try:
        named = found["zone"] and dt.datetime.strptime(found["zone"], "%z").tzinfo
        local = dt.datetime(**part, second=int(found["second"] or 0), tzinfo=named or LOCAL_ZONE)
        return local.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def _day(written: str) -> str:
    """A day as an ISO date, that of the Vietnamese clock where a moment says it.

    Anything else stays as it was written, and the check of the fields tells it.
    """
    if (moment := as_moment(written)) is not None:
        return moment.astimezone(LOCAL_ZONE).date().isoformat()
    found = next(filter(None, (form.fullmatch(written) for form in _WRITTEN)), None)
    if found is None or found["hour"] is not None:
        return written
    try:
        return dt.date(*(int(found[name]) for name in ("year", "month", "day"))).isoformat()
    except ValueError:
        return written


def _text_at(node: Node | None, path: str) -> str:
    return nfc(node.told(path)) if node is not None else ""
