"""Who is paused after wrong passwords is let in early, by who sets up accounts and nobody else."""

from flask import Flask
from sqlalchemy import select

from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Role
from archive_service.services import Services
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import add_person, program_of, sign_in
from tests.worlds.command import Command

NAME = "luu.tru"
WORDS = "Đang tạm dừng đăng nhập"


def pause(app: Flask) -> None:
    for _ in range(5):
        assert sign_in(app.test_client(), NAME, "wrong").status_code == 403
    assert enter(app) == 429


def enter(app: Flask) -> int:
    return sign_in(app.test_client(), NAME).status_code


def test_the_administrator_sees_the_pause_and_ends_it(app: Flask, services: Services) -> None:
    add_person(services, NAME, Role.ARCHIVIST)
    pause(app)
    admin = browser_of(app, services, "quan")
    at = f"/system/accounts/{NAME}/unlock"
    shown = admin.get(f"/system/accounts?q={NAME}").text
    assert WORDS in shown
    assert f'action="{at}"' in shown
    assert post(admin, at).status_code == 303
    assert enter(app) == 303
    assert WORDS not in admin.get(f"/system/accounts?q={NAME}").text
    assert post(admin, at).status_code == 303, "there is no pause any more"
    with services.read_only() as session:
        noted = select(AuditEvent).where(AuditEvent.tag == "account:unlocked")
        (event,) = session.scalars(noted)
        assert (event.account, event.data["name"], event.data["tries"]) == ("quan", NAME, 5)


def test_programs_and_commands_do_and_nobody_ends_it_for_themselves(
    app: Flask, services: Services
) -> None:
    add_person(services, NAME, Role.ARCHIVIST)
    pause(app)
    own, admin = program_of(app, services, NAME), program_of(app, services, "quan")
    assert own.post(f"/accounts/{NAME}/unlock").status_code == 403
    assert enter(app) == 429
    assert admin.post(f"/accounts/{NAME}/unlock").get_json() == {"name": NAME, "tries": 5}
    assert admin.post("/accounts/nobody/unlock").status_code == 404
    pause(app)
    archive = Command(services.settings.home)
    assert archive.run("account", "unlock", NAME, account=NAME).code == 4
    assert archive.ask("account", "unlock", NAME, account="quan")["tries"] == 5
    assert "không bị tạm dừng" in archive.run("account", "unlock", NAME, account="quan").stderr
    assert enter(app) == 303
