from __future__ import annotations

import pytest

from rft_cli.rules.model_size import model_size


@pytest.mark.covers("RK5", "IN3")
@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("accounts/fireworks/models/qwen3-8b", 8),
        ("accounts/fireworks/models/llama-v3p3-70b-instruct", 70),
        ("accounts/fireworks/models/qwen3-0p6b", 0.6),
        ("Qwen/Qwen2.5-1.5B-Instruct", 1.5),
        ("Qwen/Qwen3-30B-A3B", 30),
        ("Qwen/Qwen2.5-7B-Instruct-1M", 7),
        ("mistralai/Mixtral-8x7B-v0.1", 56),
        ("HuggingFaceTB/SmolLM2-135M", 0.135),
        ("models/70b-folder/tiny", None),
        ("./models/my-7b/", 7),
        ("openai/gpt-oss-120b", 120),
        ("llama-7b-4bit", 7),
        ("deepseek-v3", None),
        ("rehearsal", None),
        ("phi-3-mini-4k-instruct", None),
        ("", None),
    ],
)
def test_the_size_is_read_from_the_last_part_of_the_name(name: str, billions: float | None) -> None:
    assert model_size(name) == billions
