"""A rule that a home switches on: found at the door, and named in the verdict."""

import hashlib
from pathlib import Path

from archive_service.demo.bad_input import FILE, small_case
from archive_service.domain.finding import Severity
from archive_service.domain.submission import Submission
from archive_service.workflow.intake import submit
from tests.factories.archive import new_home, open_home, person
from tests.factories.clients import do_all
from tests.factories.simulated_signing import Hierarchy, day, sign

SWITCHES = '[[rule]]\nkey = "same-day"\non = true\nseverity = "error"\n'


def test_a_seal_of_another_day_is_an_error_where_the_home_asks_for_the_same_day(
    tmp_path: Path,
) -> None:
    home = new_home(tmp_path / "home")
    own = home / "rule_sets" / "signature_rules.toml"
    own.parent.mkdir(exist_ok=True)
    own.write_text(SWITCHES)
    case = small_case(tmp_path / "case", code="H40.18.2025.09.TH")
    seal = Hierarchy().agency()
    signed = sign(case / FILE, tmp_path / "signed.pdf", seal, at=day(2025, 5, 9))
    signed.replace(case / FILE)
    with open_home(home) as services:
        (made,) = submit(case, actor=person(services, "bach"), services=services)
        do_all(services)
        with services.read_only() as session:
            row = session.get_one(Submission, made)
            (found,) = [one for one in row.findings if one.code == "signed-on-another-day"]
            assert found.severity is Severity.ERROR
            assert found.facts["signed_on"] == "2025-05-09"
            digest = hashlib.sha256(SWITCHES.encode()).hexdigest()
            assert row.verdict["switches"] == {"signature_rules": digest}
