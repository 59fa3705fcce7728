"""A closed register bears a code, by which anybody checks it."""

import re
from hashlib import sha256
from io import BytesIO

import pypdfium2

from archive_service import clock
from archive_service.domain.people.account import Role
from archive_service.reports import register_acts
from archive_service.services import Services
from archive_service.signing.copies.check_codes import verdict_of
from tests.worlds.archive import person
from tests.worlds.clients import add_person


def test_the_paper_of_a_closed_register_is_found_by_its_code(services: Services) -> None:
    add_person(services, "truong", Role.HEAD)
    head, year = person(services, "truong"), clock.today().year - 1
    register_acts.close_register(services, "receipts", year, actor=head)
    _, data = register_acts.write_register(services, "receipts", year, "pdf", actor=head)
    with pypdfium2.PdfDocument(BytesIO(data)) as printed:
        words = printed[0].get_textpage().get_text_range()
    code = re.search(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){4}", words)
    assert code
    checked = verdict_of(services, code[0])
    assert (checked.state, checked.kind) == ("valid", "closed-register")
    assert checked.digests == [sha256(data).hexdigest()]
