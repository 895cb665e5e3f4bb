"""The codes that are derived from the table of parameters: their bad examples, and their words."""

from __future__ import annotations

from rft_cli.spec.codes.ranges import RANGE_CODES
from rft_cli.spec.parameters import PARAMETERS

BAD = {
    "RFT101": "training:\n  learning_rate: 0.002\n",
    "RFT102": "training:\n  epochs: 40\n",
    "RFT103": "training:\n  lora_rank: 12\n",
    "RFT104": "training:\n  batch_size: 0\n",
    "RFT105": "training:\n  max_context_length: 15\n",
    "RFT106": "rollout:\n  temperature: 8.0\n",
    "RFT107": "rollout:\n  top_p: 4\n",
    "RFT108": "rollout:\n  top_k: 400\n",
    "RFT109": "rollout:\n  n: 32\n",
    "RFT110": "rollout:\n  max_tokens: 65536\n",
}


def test_bad_examples() -> None:
    assert {entry.code: entry.bad for entry in RANGE_CODES} == BAD


def test_why_is_why_the_limits_are_there() -> None:
    for code, entry in zip(RANGE_CODES, PARAMETERS, strict=True):
        assert code.why.lower() == f"{entry.why_limits}.".lower()
        assert not code.why[0].islower()
        assert code.why[1:-1] == entry.why_limits[1:]
        assert code.sources == entry.sources[:1]
