from __future__ import annotations

import pytest

from rft_cli.spec.document import field_at
from rft_cli.spec.guide_text import parameter_markdown, usual_words
from rft_cli.spec.parameters import PARAMETERS, parameter
from rft_cli.spec.schema import field_schema


def text(path: str) -> str:
    return parameter_markdown(parameter(path))


@pytest.mark.covers("EP3", "EP6", "EP7")
def test_the_whole_text_of_one_parameter() -> None:
    assert text("training.epochs") == (
        "How many times training passes over the data set; one epoch is every example once.\n\n"
        "Default **1**. Valid: a whole number from 1 to 10. Usual: 1; 2–3 with goal faster-convergence.\n\n"
        "- *too few*: the model has not seen enough of the data\n"
        "- *too many*: the model memorises the training rows: training reward rises, held-out reward falls\n"
        "- *right*: the reward rises steadily and levels off near the end of training\n\n"
        "- **Raise** when the reward still climbs steadily at the end: add one or two epochs (EP2).\n"
        "- **Lower** when training reward rises while held-out reward falls (EP3).\n"
        "- **Keep** when the reward levels off near the end of one pass, as it does for most tasks.\n\n"
        "- With lora_rank: many epochs with a high rank memorise soonest.\n"
    )


@pytest.mark.parametrize(
    ("path", "says"),
    [
        pytest.param("training.lora_rank", "simple change of style", marks=pytest.mark.covers("RK6")),
        pytest.param(
            "training.lora_rank", "significantly more GPUs and memory", marks=pytest.mark.covers("RK3", "RK7")
        ),
        pytest.param(
            "training.lora_rank", "70B and more may need a higher rank", marks=pytest.mark.covers("IN3")
        ),
        pytest.param("training.batch_size", "64k ÷ 8k = 8", marks=pytest.mark.covers("BS1")),
        pytest.param(
            "training.batch_size",
            "noisier updates that may help exploration",
            marks=pytest.mark.covers("BS4"),
        ),
        pytest.param(
            "rollout.temperature", "How random the choice of each token is", marks=pytest.mark.covers("TE7")
        ),
        pytest.param(
            "rollout.temperature", "0.8 with 0.9 and 40 is a balanced set", marks=pytest.mark.covers("IN1")
        ),
        pytest.param(
            "rollout.top_p", "keeps the sampler from nonsensical tokens", marks=pytest.mark.covers("TP3")
        ),
        pytest.param("rollout.top_k", "adapts to each distribution", marks=pytest.mark.covers("TK3")),
        pytest.param(
            "rollout.top_k", "0.8 with top-k 40 is a balanced pair", marks=pytest.mark.covers("TK4")
        ),
        pytest.param("rollout.n", "cost is linear in n", marks=pytest.mark.covers("NR3")),
        pytest.param("rollout.n", "above 8*: little is gained", marks=pytest.mark.covers("NR3")),
        pytest.param(
            "rollout.max_tokens", "cost is linear in the tokens generated", marks=pytest.mark.covers("MT4")
        ),
        pytest.param(
            "rollout.max_tokens", "summaries, stories and reasoning", marks=pytest.mark.covers("MT5")
        ),
    ],
)
def test_a_parameters_text_repeats_what_only_a_reader_can_act_on(path: str, says: str) -> None:
    assert says in text(path)


@pytest.mark.parametrize("entry", PARAMETERS, ids=lambda entry: entry.key)
def test_an_editors_hover_is_the_guide(entry: object) -> None:
    path = entry.path  # type: ignore[attr-defined]
    field = field_at(path)
    assert field is not None
    schema = field_schema(field)
    assert schema["markdownDescription"] == text(path)
    assert schema["description"] == parameter(path).summary
    assert schema["default"] == parameter(path).default


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("rollout.top_k", "2–50, or 0 where top_p is below 1"),
        ("training.lora_rank", "8–16; 16–32 with goal higher-capacity; 4 with goal prevent-overfitting"),
        ("rollout.max_tokens", "long enough not to cut answers"),
        ("training.learning_rate", "5e-5–2e-4"),
    ],
)
def test_usual_values_in_words(path: str, words: str) -> None:
    assert usual_words(parameter(path)) == words
