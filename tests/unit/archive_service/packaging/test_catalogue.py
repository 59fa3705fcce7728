"""The catalogue record is written as the standard library writes it, only sooner."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from archive_service.packaging.catalogue import readable

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_it_is_byte_for_byte_what_json_writes(value: Any) -> None:
    assert readable(value) == json.dumps(value, ensure_ascii=False, indent=1)
