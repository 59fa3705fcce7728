"""What each act on the desk takes: told with all that is missing, not its own, of another type."""

from typing import Any

import pytest

from digitize.batches.desk.edit_facts import EditFactsError, UnknownEditError, require_facts


@pytest.mark.parametrize(
    ("kind", "facts", "wrong"),
    [
        ("rotate", {"turn": "90"}, {"turn": "int"}),
        ("rotate", {}, {"turn": "missing"}),
        ("set-dpi", {"dpi": "200"}, {"dpi": "float"}),
        ("set-dpi", {"paper": 5}, {"paper": "str"}),
        ("set-dpi", {"numbers": 5, "dpi": 200}, {"numbers": "str"}),
        ("keep", {"why": "x"}, {"why": "extra_forbidden"}),
        ("insert", {"pages": "x"}, {"page": "extra_forbidden", "pages": "extra_forbidden"}),
        ("split", {"desk": "x"}, {"desk": "extra_forbidden"}),
        (
            "decide",
            {"reason": 1},
            {"finding": "missing", "page": "extra_forbidden", "reason": "str"},
        ),
    ],
)
def test_facts_that_an_act_does_not_take_are_refused(
    kind: str, facts: dict[str, Any], wrong: dict[str, str]
) -> None:
    with pytest.raises(EditFactsError) as refused:
        require_facts(kind, {"page": "1"} | facts)
    assert refused.value.fields == wrong


def test_an_act_is_known_by_its_name() -> None:
    with pytest.raises(UnknownEditError):
        require_facts("shred", {"page": "1"})
    require_facts("set-dpi", {"page": "1", "dpi": 200})
    require_facts("without-image", {"code": "H40", "where": "Kho 2", "reason": "A0"})
