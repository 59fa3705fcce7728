"""What a case file is told to be: its state, or that it is being destroyed."""

import datetime as dt

from archive_service.domain.case_files.case_file import CaseState

HELD = "held"  # none of it went or goes: a filter, no standing of one case file
DESTROYING = "destroying"  # from the gate's claim until it is a stub
OVER = (CaseState.TRANSFERRED, CaseState.DESTROYED)  # whatever becomes of bytes that are left
STANDINGS = (*(case.value for case in CaseState), DESTROYING)


def standing_of(state: CaseState, removing_since: dt.datetime | None) -> str:
    """What became of a case file, one of ``STANDINGS``: the same on lists, stub, commands, API.

    What another archive keeps is its, whether bytes of it are here still or go.
    """
    going = removing_since is not None and state not in OVER
    return DESTROYING if going else state.value


def is_elsewhere(state: CaseState, removing_since: dt.datetime | None) -> bool:
    """Whether another archive keeps it, and what was here of it goes or went."""
    return state is CaseState.TRANSFERRED and removing_since is not None


def is_gone(state: CaseState, removing_since: dt.datetime | None) -> bool:
    """Whether its bytes went or go: what is left of it is a stub."""
    return state is CaseState.DESTROYED or removing_since is not None
