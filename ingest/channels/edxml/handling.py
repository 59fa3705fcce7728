"""Receivers, stations and opinions of a packet as data of its document."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from archive_service.domain.case_files.handling import (
    MOST,
    Handling,
    Opinion,
    Organ,
    Receiver,
    Station,
)
from archive_service.signing.xml.tree import Node
from archive_service.text import nfc
from ingest.channels.edxml.packet import PacketFacts, organ_of
from ingest.channels.edxml.read import Packet

_SHORT, _LONG, _CODE = 500, 4000, 10


def handling_of(packet: Packet, told: PacketFacts) -> dict[str, Any]:
    """What the packet says of them, cut to what is kept; the process file has it whole."""
    traces = packet.header.find("TraceHeaderList") or Node("TraceHeaderList")
    business = packet.business
    codes = [_text_at(node, "BussinessDocType", _CODE) for node in business]
    content = _text_at(packet.message, "Content", _LONG)
    return Handling(
        sender=Organ(
            code=told.sender.identifier[:_SHORT],
            name=told.sender.name[:_SHORT],
            email=told.sender.email[:_SHORT],
        ),
        receivers=list(islice(_receivers(told, business), MOST)),
        stations=list(islice(_stations(traces), MOST)),
        opinions=list(islice(_opinions(business), MOST)),
        errand=next((code for code in codes if code), ""),
        steering=_text_at(packet.message, "SteeringType", _CODE),
        content="" if content == told.fields["subject"] else content,
        scope=_text_at(packet.message, "OtherInfo/SphereOfPromulgation", _SHORT),
        paper=next(filter(None, (_text_at(node, "Paper", _CODE) for node in business)), ""),
        targets=[target[:_SHORT] for target in told.targets[:MOST]],
    ).as_kept()


def _receivers(told: PacketFacts, business: list[Node]) -> Iterator[Receiver]:
    kinds = {
        _text_at(receiver, "OrganId", _SHORT): _text_at(receiver, "ReceiverType", _SHORT)
        for node in business
        for receiver in node.each("BussinessDocumentInfo/ReceiverList/Receiver")
    }
    known = set()
    for organ in told.receivers:
        known.add(organ.identifier)
        code, name = organ.identifier[:_SHORT], organ.name[:_SHORT]
        if code or name:
            email = organ.email[:_SHORT]
            yield Receiver(code=code, name=name, email=email, kind=kinds.get(code, ""))
    for code, kind in kinds.items():
        if code and code not in known:
            yield Receiver(code=code, kind=kind)


def _stations(traces: Node) -> Iterator[Station]:
    for node in traces.each("TraceHeader"):
        organ, at = nfc(organ_of(node))[:_SHORT], _text_at(node, "Timestamp", _SHORT)
        if organ or at:
            yield Station(organ=organ, at=at)


def _opinions(business: list[Node]) -> Iterator[Opinion]:
    for node in business:
        opinion = Opinion(
            text=_text_at(node, "BussinessDocReason", _LONG),
            department=_text_at(node, "StaffInfo/Department", _SHORT),
            staff=_text_at(node, "StaffInfo/Staff", _SHORT),
            email=_text_at(node, "StaffInfo/Email", _SHORT),
            mobile=_text_at(node, "StaffInfo/Mobile", _SHORT),
        )
        if opinion.text or opinion.department or opinion.staff:
            yield opinion


def _text_at(node: Node, path: str, most: int) -> str:
    return nfc(node.told(path))[:most]
