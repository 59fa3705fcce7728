"""The verdict of the door and the bytes that it rests on: in the package, in every version."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import crl, x509
from lxml import etree

from archive_service.domain.intake.submission import Submission
from archive_service.signing.trust.demo_authority import DemoAuthority
from archive_service.storage.needed import needed_digests
from tests.worlds.archive import new_home, open_home
from tests.worlds.main_job import A_CODE, B_CODE, Held
from tests.worlds.shelf import StoredObject, object_of, tree_of

VERDICT = "metadata/preservation/verdict.json"


def verdict_of(package: StoredObject, version: int = 0) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(package.read(VERDICT, version))
    return told


@pytest.mark.parametrize("code", [A_CODE, B_CODE])
def test_every_version_holds_the_verdict_of_its_acceptance(held: Held, code: str) -> None:
    package = object_of(held.home / "kho1", code)
    first = package.read(VERDICT, 1)
    for version in range(1, package.versions + 1):
        assert package.read(VERDICT, version) == first
    told = verdict_of(package)
    assert (told["format"], told["code"]) == ("verdict/1", code)
    assert told["decided_by"]
    assert "signatures" in told["checks"]
    assert len(told["trust"]["sha256"]) == 64
    assert told["software"]["pyhanko"]
    rules = {rule_set["code"]: rule_set["sha256"] for rule_set in told["rule_sets"]}
    assert {"signature-rules", "fields-tt05-2025"} <= rules.keys()


def test_the_evidence_of_each_signature_lies_beside_it(held: Held) -> None:
    package = object_of(held.home / "kho1", A_CODE)
    told = verdict_of(package)
    kinds: dict[str, list[bytes]] = {}
    for piece in told["evidence"]:
        (path,) = (path for path in package.state(1) if piece["sha256"][:40] in path)
        assert path.startswith("documentation/signatures/")
        data = package.read(path, 1)
        assert hashlib.sha256(data).hexdigest() == piece["sha256"]
        kinds.setdefault(piece["kind"], []).append(data)
    assert {"certificate", "crl"} <= kinds.keys()
    names = [x509.Certificate.load(der).subject.human_friendly for der in kinds["certificate"]]
    assert any("Thử nghiệm" in name for name in names)
    assert all(crl.CertificateList.load(der).issuer for der in kinds["crl"])
    signed = [file for file in told["files"] if file["signatures"]]
    assert {report["outcome"] for file in signed for report in file["signatures"]} == {"valid"}
    assert all(report["validated_at"] for file in signed for report in file["signatures"])


def test_mets_lists_the_verdict_and_a_premis_event_points_to_it(held: Held) -> None:
    package = object_of(held.home / "kho1", A_CODE)
    mets = package.read("METS.xml", 1)
    assert VERDICT.encode() in mets
    assert hashlib.sha256(package.read(VERDICT, 1)).hexdigest().encode() in mets.lower()
    premis = etree.fromstring(
        package.read("representations/rep1/metadata/preservation/PREMIS_rep1.xml", 1)
    )
    linked = premis.findall(".//{*}linkingObjectIdentifierValue")
    assert VERDICT in [element.text for element in linked]


def test_a_rebuild_keeps_the_verdict_and_writes_no_other(spoilt: Held) -> None:
    before = tree_of(spoilt.home / "kho1" / "ocfl")
    verdict = verdict_of(object_of(spoilt.home / "kho1", A_CODE))
    spoilt.archive.ask("rebuild", "--copy", "kho1")
    with open_home(spoilt.home) as services, services.read_only() as session:
        rows = session.query(Submission).all()
        (row,) = (row for row in rows if row.code == A_CODE)
        assert row.verdict["trust"] == verdict["trust"]
        assert row.evidence == verdict["evidence"]
    spoilt.archive.ask("work", "--until-empty")
    assert tree_of(spoilt.home / "kho1" / "ocfl") == before


def test_evidence_stays_in_staging_until_it_is_stored(held: Held) -> None:
    with open_home(held.home) as services, services.read_only() as session:
        waiting = session.query(Submission).all()
        needed = needed_digests(session)
        for row in waiting:
            for piece in row.evidence:
                kept = piece["sha256"] in needed and services.staging.has(piece["sha256"])
                assert kept or row.state == "stored"


def test_a_root_that_is_added_counts_for_checks_that_come_after_it(tmp_path: Path) -> None:
    """As the remedy of an untrusted signature says: add it, then check again; no restart."""
    root = DemoAuthority.open_or_make(tmp_path / "another").root_certificate()
    with open_home(new_home(tmp_path / "home")) as services:
        assert root not in services.examiner.trust.roots
        folder = services.settings.home / "trust"
        folder.mkdir()
        (folder / "root.cer").write_bytes(root)
        assert root in services.examiner.trust.roots
        assert root in services.trust.roots
