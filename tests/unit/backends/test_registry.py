from __future__ import annotations

import pytest

from rft_cli.backends.registry import AVAILABLE, backend
from rft_cli.errors import SetupError


@pytest.mark.parametrize("name", AVAILABLE)
def test_an_available_backend_has_its_name(name) -> None:
    assert backend(name).name == name
    assert backend(name) is backend(name)


@pytest.mark.parametrize("name", ["trl", "x-mine"])
def test_others_are_told_with_what_this_version_has(name) -> None:
    with pytest.raises(SetupError) as caught:
        backend(name)
    assert caught.value.message == f"the backend {name} is not part of this version of rft"
    assert caught.value.hint.startswith("this version trains with backend: local or fireworks;")
