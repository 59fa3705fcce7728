"""What page 1 says, as the fields of the circular that a document has."""

from collections.abc import Mapping

from archive_service import law
from digitize.page_one.proposals import Proposal

_SURE_FROM = 60.0  # what was read with less confidence is proposed to nobody
_FIELDS = {
    "issuer": "organName",
    "number": "codeNumber",
    "symbol": "codeNotation",
    "date": "issuedDate",
    "type": "typeName",
    "abstract": "subject",
    "signer": "signer",
    "position": "signerPosition",
    "urgency": "urgency",
}


def as_fields(proposals: Mapping[str, Proposal]) -> dict[str, str]:
    """Values by field, dates ISO, types by their code; what is unsure or too long is left out."""
    rules = {rule.name: rule for rule in law.fields("document")}
    proposed = {}
    for name, field in _FIELDS.items():
        proposal = proposals.get(name)
        if proposal is None or proposal.confidence < _SURE_FROM:
            continue
        length = rules[field].length
        if length is None or len(proposal.value) <= length:
            proposed[field] = proposal.value
    return proposed
