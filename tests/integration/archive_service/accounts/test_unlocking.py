"""Who is paused after wrong passwords is let in early, by who sets up accounts and nobody else."""

from flask import Flask
from sqlalchemy import select

from archive_service.accounts.tries import Place, counted, paused_for
from archive_service.accounts.unlocking import unlock
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Role
from archive_service.services import Services
from tests.worlds.archive import person
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


def test_a_place_that_tries_many_names_stays_paused(services: Services) -> None:
    """Who guesses from there gets no further tries by the pause of one name that is ended."""
    add_person(services, NAME, Role.ARCHIVIST)
    far, elsewhere = (Place(one, inside=False) for one in ("203.0.113.9", "198.51.100.1"))
    for name in [NAME] * 5 + [f"nobody-{number}" for number in range(5)]:
        with counted(name, far, database=services.database):
            pass
    assert paused_for(NAME, elsewhere, database=services.database)
    assert unlock(services, NAME, actor=person(services, "quan")).tries == 5
    assert not paused_for(NAME, elsewhere, database=services.database)
    assert paused_for("somebody", far, database=services.database)
    assert not unlock(services, NAME, actor=person(services, "quan")).tries
