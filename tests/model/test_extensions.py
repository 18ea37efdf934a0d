from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.clean import clean
from poros_tui.model.extensions import cleaned_extensions
from poros_tui.packets.extensions import InterfaceInformation, InterfaceRole, UnknownObject


@given(st.none() | st.text(max_size=300))
def test_of_an_interface_name_only_what_is_safe_is_kept(name: str | None) -> None:
    told = InterfaceInformation(role=InterfaceRole.OUTGOING, index=3, name=name)
    other = UnknownObject(class_number=9, c_type=1, payload=b"\x1b")
    cleaned, untouched = cleaned_extensions((told, other))
    safe = None if name is None else clean(name, 63)
    assert cleaned == InterfaceInformation(role=InterfaceRole.OUTGOING, index=3, name=safe)
    assert untouched is other
