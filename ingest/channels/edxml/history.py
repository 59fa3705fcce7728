"""Who had a document in hands before us, by the trace of its packet: its process file."""

from pathlib import Path

from archive_service import messages
from archive_service.signing.xml.tree import Node
from ingest.channels.edxml.packet import PacketFacts, organ_of
from ingest.channels.edxml.read import Packet

NAME = "lich-su-xu-ly.txt"
_STAFF = ("Department", "Staff", "Email", "Mobile")


def write_history(packet: Packet, told: PacketFacts, folder: Path) -> Path | None:
    """The stations of the packet's ``TraceHeaderList`` as a text in ``folder``.

    ``None`` where the packet tells of none. Its words are Vietnamese: it is a paper of the agency.
    """
    lines = [_station(node) for node in packet.header.each("TraceHeaderList/TraceHeader")]
    lines += [line for node in packet.business for line in _business(node)]
    lines = [line for line in lines if line]
    if not lines:
        return None
    head = messages.text("edxml.history.head", "vi", id=told.document_id)
    target = folder / NAME
    target.write_text("\n".join([head, "", *lines, ""]), encoding="utf-8")
    return target


def _station(node: Node) -> str:
    organ, at = organ_of(node), node.told("Timestamp")
    return messages.text("edxml.history.station", "vi", organ=organ, at=at) if organ or at else ""


def _business(node: Node) -> list[str]:
    lines = []
    if reason := node.told("BussinessDocReason"):
        lines.append(messages.text("edxml.history.reason", "vi", reason=reason))
    staff = ", ".join(filter(None, (node.told(f"StaffInfo/{name}") for name in _STAFF)))
    if staff:
        lines.append(messages.text("edxml.history.staff", "vi", staff=staff))
    return lines
