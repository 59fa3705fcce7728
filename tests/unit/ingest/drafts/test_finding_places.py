"""Where findings on what was filed on a page point to: the numbers of the page, no rows."""

from pathlib import Path

from tests.unit.ingest.drafts.filled import add, begun, fill, send
from tests.worlds.door import open_door, write_pdf


def test_findings_on_a_draft_that_was_handed_in_name_documents_by_their_number(
    tmp_path: Path,
) -> None:
    with open_door(tmp_path / "home") as door:
        draft_id = begun(door)
        for name in ("a.pdf", "b.pdf"):
            add(door, draft_id, name, write_pdf(tmp_path / name, words=name).read_bytes())
        for row in (1, 2):
            fill(door, draft_id, row, "20/04/2025")
        send(door, draft_id)
        findings = door.check(draft_id).findings
        places = {finding.place for finding in findings}
        assert {"Tài liệu 1, signer", "Tài liệu 2, signer"} <= places
        told = [str(finding.facts) for finding in findings]
        assert not [place for place in (*places, *told) if "dòng" in place]
