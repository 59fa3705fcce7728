"""``docs/rights.md``: which role may do which act, in which states, and who reads what.

``python -m tests.guide.house.rights`` writes it from the table that pages, API and commands ask.
"""

from collections import defaultdict
from collections.abc import Iterator
from types import SimpleNamespace
from uuid import UUID

from archive_service import access
from archive_service.access import ACTS
from archive_service.accounts.delegations.duties import HandedDuty, acts_of
from archive_service.domain.people import rights
from archive_service.domain.people.account import Actor, Role
from archive_service.messages import labels
from digitize.batches.transitions import TRANSITIONS as BATCH
from ingest.file_plan.transitions import TRANSITIONS as FILE_PLAN
from ingest.transitions import TRANSITIONS as SUBMISSION
from retention.disposition.transitions import TRANSITIONS as DISPOSITION
from retention.transfer.transitions import TRANSITIONS as TRANSFER
from tests.guide.sources import ROOT

PAGE = ROOT / "docs" / "rights.md"
OF_AN_AGENCY = (Role.OFFICER, Role.CLERK, Role.AGENCY_HEAD, Role.AGENCY_ADMIN)
MODES = ("01", "02", "03")
HEAD = """# Rights

Made by `python -m tests.guide.house.rights` from `archive_service/domain/people/rights.py`, which
pages, API and commands ask through `archive_service/access.py`.
`tests/integration/archive_service/test_matrix.py` asks every address of the application as each
role, as one of another agency, as nobody, with an ended session and with a token of another scope,
and compares what is answered with these rows.

An account of a role marked ◦ belongs to one agency and reaches what is that agency's alone; ●
reaches every agency. `operator` is the machine's own account at the shell, `worker` does jobs,
`partner` is another archive's program. A token never reaches more than its account, and only
the acts that it names. Before an act marked † whoever has a second factor shows it anew
(`accounts.proof_minutes`). Beside the right an act asks for a state; those stand in the last column
where a table of `docs/states.md` knows them.
"""
READING = """
## Who reads

What is open without asking; whoever is refused may ask for it (`access-request:make`). What is
granted so opens one document, for one account, until its day, as a reading copy. Without a request
a reader is granted a document, case file, series or fonds (`grant:give`), on its days, in whole: a
level opens the modes of `config/rule_sets/information_levels.toml`. What is
granted to manage opens {managed} there to {managers}, but for term, end and access
mode, and no other act. Rows of another agency are not told to exist.

| Role | 01, own | 01, other | 02 and 03, own | 02 and 03, other |
|---|---|---|---|---|"""
HANDED = """
## What may be handed over

Duties that somebody hands to a colleague for some days, with the acts that they need. The colleague
acts with the giver's role and agency, does these acts and no other meanwhile, and decides nothing
that either of them asked for.

| Duty | Acts |
|---|---|"""
TWO = """
## Gains wait for a second person

An account of these roles, and a change into one of them, counts only once somebody with
`rights:confirm` who did not ask for it has confirmed it: {roles}. Losses count at once.
"""


def page() -> str:
    """The whole page."""
    roles = [role for role in Role if any(role in who for who in ACTS.values())]
    named = labels("roles")
    lines = [HEAD, "| Role | |", "|---|---|"]
    lines += [f"| `{role.value}` | {named.get(role.value, '')} |" for role in roles]
    states = _states()
    lines += ["", "## Acts", ""]
    lines.append(f"| Act | {' | '.join(role.value for role in roles)} | States |")
    lines.append(f"|---|{'---|' * len(roles)}---|")
    for act in sorted(ACTS):
        marks = (_mark(role, act) for role in roles)
        anew = " †" if act in access.PROVED_ANEW else ""
        lines.append(f"| `{act}`{anew} | {' | '.join(marks)} | {states[act]} |")
    managers = ", ".join(f"`{role.value}`" for role in Role if role in rights.MANAGES)
    managed = ", ".join(f"`{act}`" for act in sorted(rights.MANAGED))
    lines += [READING.format(managers=managers, managed=managed), *_reading(roles)]
    lines.append(HANDED)
    for duty in HandedDuty:
        acts = ", ".join(f"`{act}`" for act in sorted(acts_of([duty.value])))
        lines.append(f"| `{duty.value}` | {acts} |")
    gained = ", ".join(f"`{role.value}`" for role in Role if role in access.GAINED_BY_TWO)
    return "\n".join([*lines, TWO.format(roles=gained)])


def _mark(role: Role, act: str) -> str:
    if role not in ACTS[act]:
        return ""
    return "◦" if role in OF_AN_AGENCY else "●"


def _states() -> defaultdict[str, str]:
    """Right → the states in which one of its acts is open."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for table in (FILE_PLAN, SUBMISSION, BATCH, DISPOSITION, TRANSFER):
        for act in table.values():
            if act.right:
                found[act.right] |= {state.value for state in act.states} or {"(new)"}
    return defaultdict(str, {right: ", ".join(sorted(states)) for right, states in found.items()})


def _reading(roles: list[Role]) -> Iterator[str]:
    own, other = UUID(int=1), UUID(int=2)
    for role in roles:
        agency = own if role in OF_AN_AGENCY else None
        actor = Actor(account="x", role=role, agency_id=agency)
        cells = []
        for modes in (MODES[:1], MODES[1:]):
            for owner in (own, other):
                knows = access.may(actor, "case-file:read", SimpleNamespace(agency_id=owner))
                reads = all(access.may_read_mode(actor, mode) for mode in modes)
                cells.append("●" if knows and reads else "")
        yield f"| {role.value} | {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
