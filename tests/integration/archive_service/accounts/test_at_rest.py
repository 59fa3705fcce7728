"""Nobody who reads the database's own files finds what proves to be a person, or who asked."""

import pyotp
from flask import Flask
from structlog.testing import capture_logs

from archive_service.accounts.applications.acts import ask_for_account
from archive_service.accounts.applications.documents import AccountWish
from archive_service.accounts.enrolment import enrol, new_codes
from archive_service.accounts.own_password import reset_password
from archive_service.accounts.tries import Place
from archive_service.services import Services
from tests.worlds.archive import OPERATOR, PASSWORD, person
from tests.worlds.clients import program_of, sign_in

WISH = AccountWish(
    person="Trần Thị Hoa", name="001088012345", purpose="Tra cứu đất đai", email="hoa@xa.example"
)


def kept(services: Services) -> bytes:
    """All bytes of the database, what is not yet in its main file too."""
    return b"".join(path.read_bytes() for path in services.settings.home.glob("archive.db*"))


def test_account_data_lie_sealed_or_as_digests(app: Flask, services: Services) -> None:
    client = app.test_client()
    sign_in(client, "bach")
    cookie = client.get_cookie("archive_session")
    assert cookie is not None
    secret = enrol(services, "bach", actor=person(services, "bach"))["secret"]
    codes = new_codes(services, actor=person(services, "bach"), otp=pyotp.TOTP(secret).now())
    with services.unit_of_work() as uow:
        _, made = reset_password("lan", actor=OPERATOR, uow=uow, idle_days=45)
        uow.commit()
    token = program_of(app, services, "bach").token
    ask_for_account(services, WISH, place=Place("127.0.0.1"), lang="vi")
    held = kept(services)
    assert b"bach" in held  # these are the bytes
    proofs = [PASSWORD, made, secret, *codes, token, cookie.value]
    asker = [WISH.person, WISH.name, WISH.purpose, WISH.email]
    assert [word for word in [*proofs, *asker] if word.encode() in held] == []


def test_a_password_typed_in_the_place_of_the_name_is_told_nowhere(
    app: Flask, services: Services
) -> None:
    client = app.test_client()
    with capture_logs() as lines:
        for _ in range(6):
            assert sign_in(client, PASSWORD, "bach").status_code in (403, 429)
        assert sign_in(client, "bach", "wrong").status_code == 403
    logged = str(lines)
    assert "bach" in logged
    assert "sign-in-paused" in logged
    admin = app.test_client()
    sign_in(admin, "quan")
    pages = admin.get("/system/incidents").text
    assert f"{PASSWORD[:2]}…" in pages  # the incident that the tries left
    assert [at for at in (logged, pages, kept(services).decode("latin-1")) if PASSWORD in at] == []
