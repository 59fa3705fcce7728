"""Codes of case files that may have been meant."""

import pytest

from search.written.codes import codes_meant

AGENCIES = ("H40.18", "H40.18.01", "000.00.18.H40", "H40.1")
CODE = "H40.18.2025.07.QLCT"


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        CODE.lower(),
        "H40-18-2025-07-QLCT",
        "H40/18/2025/07/QLCT",
        "h40 18 2025 07 qlct",
        " H40.18.2025.07.QLCT. ",
        "H40.18.2025.7.QLCT",
        "H40.18.2025.007.QLCT",
        "H4O.18.2O25.07.QLCT",
        "H40.l8.2025.07.QLCT",
        "H4018202507QLCT",
        "h401820257qlct",
        "H40. 18. 2025. 07. QLCT",
        "H40,18,2025,07,QLCT",
        "H40..18.2025.07.QLCT",
    ],
)
def test_a_code_is_meant_however_its_signs_zeros_and_letters_are_typed(typed: str) -> None:
    assert CODE in codes_meant(typed, AGENCIES)


def test_what_was_typed_comes_first_and_is_never_changed() -> None:
    assert codes_meant("h40.Ab", AGENCIES)[:2] == ["h40.Ab", "H40.AB"]
    assert codes_meant("000.00.18.H40.2011.01.TH", ())[0] == "000.00.18.H40.2011.01.TH"


@pytest.mark.parametrize("typed", ["", "…", "2025", "trạm bơm 2025", "H40", "0" * 110])
def test_any_text_may_be_asked(typed: str) -> None:
    assert typed in codes_meant(typed, AGENCIES)
