"""The acts that a PREMIS file tells."""

from collections.abc import Iterator, Mapping

from lxml import etree

from archive_service.packaging.markup import SOFTWARE_NAME
from archive_service.packaging.model import PremisEvent
from archive_service.packaging.premis import PREMIS
from tests.worlds.read_back.mets import read_moment

_P = f"{{{PREMIS}}}"


def read_events(root: etree._Element, paths: Mapping[str, str]) -> Iterator[PremisEvent]:
    """Acts in their order; ``paths`` are paths of files by identifier."""
    kinds = {
        _text(each, "agentIdentifier/agentIdentifierValue"): _text(each, "agentType")
        for each in root.iterfind(f"{_P}agent")
    }
    for each in root.iterfind(f"{_P}event"):
        agent = _text(each, "linkingAgentIdentifier/linkingAgentIdentifierValue")
        linked = {role: tuple(_linked(each, role, paths)) for role in ("source", "outcome")}
        yield PremisEvent(
            type=_text(each, "eventType"),
            at=read_moment(_text(each, "eventDateTime")),
            detail=_text(each, "eventDetailInformation/eventDetail"),
            outcome=_text(each, "eventOutcomeInformation/eventOutcome"),
            outcome_note=_text(
                each, "eventOutcomeInformation/eventOutcomeDetail/eventOutcomeDetailNote"
            ),
            agent="" if agent == SOFTWARE_NAME else agent,
            agent_type=kinds.get(agent) or "software",
            sources=linked["source"],
            outcomes=linked["outcome"],
        )


def _linked(event: etree._Element, role: str, paths: Mapping[str, str]) -> Iterator[str]:
    for link in event.iterfind(f"{_P}linkingObjectIdentifier"):
        if _text(link, "linkingObjectRole") == role:
            value = _text(link, "linkingObjectIdentifierValue")
            yield paths.get(value, value)


def _text(element: etree._Element, path: str) -> str:
    qualified = "/".join(f"{_P}{step}" for step in path.split("/"))
    return element.findtext(qualified) or ""
