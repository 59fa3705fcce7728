"""Every route with every role, of the own and of another agency, against the table of rights."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from pprint import pformat

import pytest
from werkzeug.routing import Rule

from archive_service.access import ACTS
from archive_service.app import create_app
from archive_service.domain.people.account import Role
from archive_service.web.session import COOKIE, OPEN
from tests.worlds.archive import copy_home, open_home
from tests.worlds.browsers import browser_of
from tests.worlds.clients import API, program_of, session_token
from tests.worlds.matrix import PEOPLE, Answer, Doors, add_everybody, forget_tries, overheard

Place = tuple[str, str]  # method and rule
STAFF = {Role.ARCHIVIST, Role.HEAD}

# Of whoever is signed in, each their own and no more; none of them asks a right.
OWN = {
    ("GET", "/"),
    ("GET", "/account"),
    *(("POST", f"/account/{act}") for act in (
        "password", "recovery-codes", "second-factor", "second-factor/ask", "second-factor/begin",
        "second-factor/finish", "second-factor/withdraw", "binding", "binding/end",
    )),
    ("POST", "/account/sessions/<name>/end"),
    *(("POST", f"/account/passkeys{act}") for act in (
        "", "/begin", "/question", "/<uuid:passkey_id>/remove",
    )),
    ("GET", f"{API}/account/passkeys"),
    ("POST", f"{API}/account/passkeys/<uuid:passkey_id>/remove"),
    ("GET", f"{API}/account/sessions"),
    ("POST", f"{API}/account/sessions/<session_name>/end"),
    ("POST", "/browse/forget"),
    ("GET", "/session/form"),  # whether a form of the own page would be heard
    ("POST", "/session/proof"),  # of the own second factor
    ("GET", "/late"),  # what the first page of the own role tells of
    ("GET", "/palette"),  # names of the pages that the account may open
    ("GET", "/guide"),
    ("GET", "/guide/<name>"),
    ("GET", "/submit/template"),  # the empty form
    ("POST", "/notices/<uuid:notice_id>/open"),
    ("POST", "/notices/<uuid:notice_id>/read"),
    ("GET", "/faults"),
    ("POST", "/faults"),
    ("GET", "/faults/new"),
    ("GET", "/faults/<uuid:fault_id>/screenshot"),
    *((method, f"/drafts/<uuid:draft_id>{act}") for method, act in (
        ("POST", "/arrange"), ("POST", "/discard"), ("POST", "/fields"),
        ("POST", "/fields/others"), ("POST", "/files"),
        ("POST", "/hand-in"), ("POST", "/paper"), ("GET", "/parts"), ("POST", "/proposals"),
        ("POST", "/remove"), ("POST", "/rules"),
    )),
    ("POST", "/delegations/stop"),  # for oneself again
    # Who asked takes it back; else a second person, which is asked of the one that was found.
    ("POST", f"{API}/rights-gains/<uuid:gain_id>/refuse"),
    ("POST", "/rights/<uuid:gain_id>/refuse"),
}  # fmt: skip
# No identity provider is set in this home, and nobody comes from one.
NO_PROVIDER = {"/sign-in/provider": 404} | dict.fromkeys(
    ("/sign-in/provider/back", "/sign-in/provider/code"), 403
)
# Asked by programs in nobody's name: no token of a form, and an end to what is taken in.
BY_ANYBODY = ("POST", f"{API}/account-applications")
# Open to whoever may do one of several acts.
EITHER: dict[str, set[Role]] = {
    "/approvals": set(ACTS["disposition:approve"] | STAFF),
    f"{API}/uploads": set(ACTS["submission:create"] | ACTS["batch:create"]),
}
_SIGNATURES = "/case-files/<code>/documents/<int:ordinal>/signatures"
# Two acts at one address: who may not know of the case file is not told that it exists, whoever
# may not do the act is refused.
BOTH: dict[Place, set[Role]] = {
    ("GET", f"{API}/case-files/<code>/export"): STAFF,
    ("GET", f"{API}{_SIGNATURES}"): set(ACTS["case-file:history"]),
    ("GET", _SIGNATURES): set(ACTS["case-file:history"]),
    ("GET", f"{API}/case-files/<code>/files/<uuid:file_id>"): set(ACTS["case-file:read"]),
    ("GET", f"{API}/case-files/<code>/receipt"): set(ACTS["submission:read"]),
    ("GET", f"{API}/case-files/<code>/text"): set(ACTS["case-file:read"]),
    ("GET", f"{API}/documents/<uuid:document_id>/text"): set(ACTS["case-file:read"]),
    ("POST", "/case-files/<code>/documents/<document>/recall"): set(ACTS["recall:ask"]),
    ("GET", "/case-files/<code>/documents/<int:ordinal>/successors"): set(ACTS["recall:ask"]),
    ("GET", "/case-files/<code>/documents/<uuid:document_id>/access-copy"): set(
        ACTS["case-file:read"]
    ),
    ("GET", "/case-files/<code>/files/<uuid:file_id>/paged"): set(ACTS["case-file:read"]),
    ("GET", "/case-files/<code>/documents/<uuid:document_id>/words"): set(ACTS["case-file:read"]),
    **{
        ("GET", f"/case-files/<code>/documents/<uuid:document_id>/{look}"): set(
            ACTS["case-file:read"]
        )
        for look in ("clear/<int:number>", "clear-words", "clear-copy")
    },
    ("GET", "/case-files/<code>/versions/<int:number>"): set(ACTS["case-file:history"]),
    ("GET", "/case-files/<code>/export"): STAFF,
}
# Its content is open on conditions: to the staff and to its own agency alone.
CONTENT = (
    f"{API}/case-files/<code>/files/<uuid:file_id>",
    f"{API}/documents/<uuid:document_id>/text",
)
# The lists of the other agency are shown to it empty, and its own forms too.
OF_EACH_AGENCY = ("/collection/keep-back/print.<form>",)
# What every page asks for the parts of its frame.
FRAME = {
    *("draft:edit", "submission:accept", "submission:create", "search", "fault:report"),
    "second-factor:confirm",
}


@dataclass(frozen=True)
class Walk:
    """What everybody was answered at every door."""

    rules: dict[Place, Rule] = field(default_factory=dict)
    own: dict[Place, dict[Role, Answer]] = field(default_factory=dict)
    foreign: dict[Place, dict[Role, Answer]] = field(default_factory=dict)
    nobody: dict[Place, Answer] = field(default_factory=dict)
    ended: dict[Place, Answer] = field(default_factory=dict)
    narrow: dict[Place, Answer] = field(default_factory=dict)


@pytest.fixture(scope="module")
def walk(held_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    home = copy_home(held_home, tmp_path_factory.mktemp("matrix") / "home")
    with open_home(home) as services, overheard() as heard:
        names = add_everybody(services)
        app = create_app(services)
        doors = Doors(app, services, heard)
        clients = {who: browser_of(app, services, name) for who, name in names.items()}
        forms = {who: session_token(client) for who, client in clients.items()}
        walked, ended = Walk(), app.test_client()
        ended.set_cookie(COOKIE, "0" * 43)
        program = program_of(app, services, "hung", ["notice:list"])
        for rule, method in doors:
            place = method, rule.rule
            walked.rules[place] = rule
            if rule.endpoint == "session.sign_out":
                continue  # the walk would end there
            if rule.rule.endswith("/confirm"):
                forget_tries(services)  # of codes that were wrong at other doors
            for answers, is_foreign in ((walked.own, False), (walked.foreign, True)):
                answers[place] = {
                    role: doors.ask(client, rule, method, form=forms[role, away])
                    for (role, away), client in clients.items()
                    if away is is_foreign
                }
            walked.nobody[place] = doors.ask(app.test_client(), rule, method)
            walked.ended[place] = doors.ask(ended, rule, method)
            if rule.rule.startswith(API):
                asked = doors.ask(program.client, rule, method, token=program.token)
                walked.narrow[place] = asked
        yield walked


def _refused(answer: Answer) -> bool:
    return answer.status == 403 and bool(answer.refused)


def _is_in_a_row(place: Place, answers: dict[Role, Answer]) -> bool:
    """Whether the answers are those of one act of the table, for each role."""
    told = {role for role, answer in answers.items() if not _refused(answer)}
    reached = {role for role, answer in answers.items() if not answer.is_closed}
    rows = {answer.refused for answer in answers.values() if _refused(answer)}
    if rows:  # refused in words, which name the act
        return any(ACTS[act] & set(PEOPLE) == told for act in rows)
    asked = set().union(*(answer.asked for answer in answers.values()))
    if not place[1].startswith(API) and len(reached) in (0, len(PEOPLE)):
        asked -= FRAME
    if not reached:  # there is no such thing, and nobody is told more
        return bool(asked)
    return any(ACTS[act] & set(PEOPLE) == reached for act in asked)


def test_every_route_is_in_a_row_of_the_table(walk: Walk) -> None:
    """It answers each role as one act says, or it is named here with its reason."""
    wrong = []
    for place, answers in walk.own.items():
        reached = {role for role, answer in answers.items() if not answer.is_closed}
        several = next((who for rule, who in EITHER.items() if place[1].startswith(rule)), None)
        if place in OWN or walk.rules[place].endpoint in OPEN:
            continue
        if several is not None:
            told = {role for role, answer in answers.items() if not _refused(answer)}
            as_said = told == several & set(PEOPLE)
        elif place in BOTH:
            as_said = reached <= BOTH[place]
        else:
            as_said = _is_in_a_row(place, answers)
        if not as_said:
            said = " ".join(f"{role.value}={answer.status}" for role, answer in answers.items())
            wrong.append(f"{place}: {said}")
    assert not wrong, pformat(wrong)


def test_what_is_named_here_is_a_route_still(walk: Walk) -> None:
    assert set(walk.rules) >= OWN | set(BOTH)
    assert len(walk.rules) > 600


def test_nobody_is_answered_without_a_session_or_with_one_that_ended(walk: Walk) -> None:
    wrong = []
    for place, answer in walk.nobody.items():
        wanted = 401 if place[1].startswith(API) else 303
        if walk.rules[place].endpoint in OPEN:
            wanted = 403 if place[0] == "POST" else 200  # a form without its token
            wanted = NO_PROVIDER.get(place[1], wanted)
        if place == BY_ANYBODY:
            assert {answer.status, walk.ended[place].status} <= {201, 409, 422, 429}
            continue
        answered = (answer.status, walk.ended[place].status)
        wrong += [(place, status) for status in answered if status != wanted]
    assert not wrong, pformat(wrong)


def test_a_token_of_another_scope_reaches_nothing_and_is_told_which_it_lacks(walk: Walk) -> None:
    """It may read notices, and what whoever is known may."""
    reaching, untold = [], []
    for place, answer in walk.narrow.items():
        if place[1].startswith(f"{API}/notices") or walk.rules[place].endpoint in OPEN:
            continue
        reaching += [(place, answer.status)] if answer.status not in (403, 404) else []
        is_open = not _refused(walk.own[place][Role.HEAD])
        if is_open and place not in OWN and answer.code != "scope-missing":
            untold.append((place, answer.status, answer.code))
    assert not reaching, pformat(reaching)
    assert not untold, pformat(untold)


def test_another_agency_reaches_nothing_of_this_one(walk: Walk) -> None:
    wrong = [
        (place, role.value, answer.status)
        for place, answers in walk.foreign.items()
        for role, answer in answers.items()
        if walk.rules[place].arguments
        and place[1] not in OF_EACH_AGENCY
        and answer.status < 400
        and not answer.is_empty
    ]
    assert not wrong, pformat(wrong)


def test_content_on_conditions_is_read_by_staff_and_the_own_agency_alone(walk: Walk) -> None:
    """By no administrator, auditor, reader, station or other agency, at any door."""
    reading = {Role.OFFICER, Role.CLERK, Role.AGENCY_HEAD} | STAFF
    for rule in CONTENT:
        own, foreign = walk.own["GET", rule], walk.foreign["GET", rule]
        assert {role for role, answer in own.items() if answer.status == 200} == reading
        assert all(answer.status == 404 for answer in foreign.values())


def test_no_door_fails(walk: Walk) -> None:
    wrong = [
        (place, role.value, answer.status)
        for answers in (walk.own, walk.foreign)
        for place, asked in answers.items()
        for role, answer in asked.items()
        if answer.status >= 500
    ]
    assert not wrong, pformat(wrong)
