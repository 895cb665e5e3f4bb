"""Properties are drawn the same way everywhere, and no machine is too slow for them."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("rft", deadline=None, derandomize=True, database=None)
settings.load_profile("rft")
