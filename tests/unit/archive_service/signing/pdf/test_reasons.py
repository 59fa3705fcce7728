"""Why a signature is not trusted is told in words, whatever the library's reason."""

import pytest
from pyhanko.sign.ades.report import AdESFailure, AdESIndeterminate

from archive_service import messages


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("reason", [*AdESFailure, *AdESIndeterminate])
def test_each_reason_of_the_library_has_words(
    reason: AdESFailure | AdESIndeterminate, lang: str
) -> None:
    code = reason.name.lower().replace("_", "-")
    assert messages.labels("signature-error", lang).get(code)
