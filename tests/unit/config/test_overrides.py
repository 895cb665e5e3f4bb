"""`--set` and RFT_ variables: read like YAML, checked like a file, refused with a suggestion."""

from __future__ import annotations

import pytest

from rft_cli.config.overrides import Overrides, from_command_line, from_environment


def said(given: Overrides) -> list[tuple[tuple[int, int], str, str, str]]:
    return [(place[1:3], code, message, mend) for code, _, place, message, mend, *_ in given.findings]


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("training.learning_rate=2e-4", 2e-4),
        (" training.epochs = 3 ", 3),
        ("rollout.n=0x4", 4),
        ("model=org/model", "org/model"),
        ("model=a: b # c", "a: b # c"),
        ('model="7"', "7"),
        ("model='no'", "no"),
        ("experiment.hypothesis=does it = help?", "does it = help?"),
        ("evaluator=judge.py:f", "judge.py:f"),
        ("evaluator.env=[A, B]", ["A", "B"]),
        ("evaluation.reward_range=[-1, 1.5]", [-1, 1.5]),
        ("name=my-run", "my-run"),
    ],
)
def test_a_value_is_read_as_yaml_reads_it(entry: str, value: object) -> None:
    given = from_command_line([entry])
    assert given.findings == ()
    assert [override.value for override in given.values] == [value]


REFUSED = [
    ("lr=1e-4", (1, 1), "RFT020", "unknown key lr", "did you mean training.learning_rate?"),
    ("temperature=1", (1, 1), "RFT020", "unknown key temperature", "did you mean rollout.temperature?"),
    ("training.lora_rnak=8", (1, 1), "RFT020", "unknown key training.lora_rnak", "did you mean training.lora_rank?"),
    ("rollouts.n=8", (1, 1), "RFT020", "unknown key rollouts.n", "did you mean rollout.n?"),
    ("zebra=8", (1, 1), "RFT020", "unknown key zebra", "see `rft explain`"),
    ("x-mine=8", (1, 1), "RFT020", "unknown key x-mine", "see `rft explain`"),
    ("training", (1, 1), "RFT033", "training sets nothing", "write path=value, such as training.learning_rate=2e-4"),
    ("=5", (1, 1), "RFT033", "=5 sets nothing", "write path=value, such as training.learning_rate=2e-4"),
    ("", (1, 1), "RFT033", "an override sets nothing", "write path=value, such as training.learning_rate=2e-4"),
    (
        "training={epochs: 1}",
        (1, 1),
        "RFT033",
        "training is a section, and one value is set at a time",
        "set one key of it, such as training.learning_rate=…",
    ),
    ("ray={}", (1, 1), "RFT033", "ray is a section, and one value is set at a time", "delete it"),
    ("evaluator={entry: a}", (1, 11), "RFT033", "evaluator is set to a section", "set one key at a time"),
    (
        "extends=a.yaml",
        (1, 1),
        "RFT033",
        "extends cannot be set here: it names files, which read each other before any override",
        "write it into a file",
    ),
    ("training.epochs=", (1, 17), "RFT102", "training.epochs has no value", "write a value"),
    ("training.epochs=null", (1, 17), "RFT102", "training.epochs has no value", "write a value"),
    (
        "training.epochs=11",
        (1, 17),
        "RFT102",
        "training.epochs is 11, above the largest legal value 10",
        "write 10: an epoch is a whole pass over the data set",
    ),
    ("training.epochs= .nan", (1, 18), "RFT010", ".nan is not a finite number", "write a finite number"),
    ("training.epochs=010", (1, 17), "RFT011", None, 'write 10, or "010" for a text'),
    (
        'training.learning_rate="1e-4"',
        (1, 24),
        "RFT101",
        'training.learning_rate is the text "1e-4": quotes make it a text',
        "write 1e-4",
    ),
    ("rollout.max_tokens=2k", (1, 20), "RFT110", 'rollout.max_tokens is the text "2k": a unit makes it a text', "write 2048"),
    ("model=7", (1, 7), "RFT022", "model is the number 7, not a text", 'write "7" if it is meant as a text'),
    ("model=[", (1, 7), "RFT003", "the [ that opens here is not closed", "write ] at its end"),
    ("name=My Run", (1, 6), "RFT024", None, "write my-run"),
    ("evaluation.reward_range=[0, a]", (1, 25), "RFT022", None, "write a number"),
    ("backend=cloud", (1, 9), "RFT023", None, "legal are local, fireworks, trl"),
    ("version=2", (1, 9), "RFT023", "version is 2, not 1", "write 1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "place", "code", "message", "mend"), REFUSED, ids=[row[0] for row in REFUSED]
)
def test_what_is_refused(
    entry: str, place: tuple[int, int], code: str, message: str | None, mend: str
) -> None:
    given = from_command_line([entry])
    assert given.values == ()
    ((actual_place, actual_code, actual_message, actual_mend),) = said(given)
    assert (actual_place, actual_code, actual_mend) == (place, code, mend)
    assert message is None or actual_message == message


def test_each_override_has_a_line_and_the_later_one_wins() -> None:
    given = from_command_line(["rollout.n=4", "rollout.n=6\n"])
    assert [(override.value, override.location[:3]) for override in given.values] == [
        (4, ("--set", 1, 11)),
        (6, ("--set", 2, 11)),
    ]
    assert given.text.splitlines()[0] == "rollout.n=4"
    assert len(given.text.splitlines()) == 2


def test_variables_name_paths_with_two_underscores() -> None:
    given = from_environment(
        {
            "RFT_TRAINING__LEARNING_RATE": "2e-4",
            "RFT_MODEL": "m",
            "RFT_EVALUATOR__TIMEOUT_S": "5",
            "PATH": "x",
        }
    )
    assert given.findings == ()
    assert {override.path: override.value for override in given.values} == {
        "evaluator.timeout_s": 5,
        "model": "m",
        "training.learning_rate": 2e-4,
    }
    assert given.text == "RFT_EVALUATOR__TIMEOUT_S=5\nRFT_MODEL=m\nRFT_TRAINING__LEARNING_RATE=2e-4"


def test_settings_of_the_tool_say_nothing_about_a_run() -> None:
    assert from_environment({"RFT_DIR": "x", "RFT_NO_COLOR": "1", "RFT_DEBUG": ""}) == ((), (), "")


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("RFT_TRAINING_LEARNING_RATE", "did you mean RFT_TRAINING__LEARNING_RATE?"),
        ("RFT_LEARNING_RATE", "did you mean RFT_TRAINING__LEARNING_RATE?"),
        ("RFT_TRAINING__LR", "did you mean RFT_TRAINING__LEARNING_RATE?"),
        ("RFT_NUM_GENERATIONS", "did you mean RFT_ROLLOUT__N?"),
        ("RFT_NOCOLOR", "did you mean RFT_NO_COLOR?"),
        ("RFT_EXTENDS", "unset it; a key is written like RFT_TRAINING__LEARNING_RATE"),
        ("RFT_TRAINING", "unset it; a key is written like RFT_TRAINING__LEARNING_RATE"),
        ("RFT_", "unset it; a key is written like RFT_TRAINING__LEARNING_RATE"),
    ],
)
def test_an_unknown_variable_is_an_error_with_a_suggestion(name: str, mend: str) -> None:
    given = from_environment({name: "secret"})
    assert said(given) == [((1, 1), "RFT020", f"the variable {name} sets nothing", mend)]
    assert "secret" not in given.text


def test_a_bad_value_of_a_variable_is_found_at_the_value() -> None:
    given = from_environment({"RFT_ROLLOUT__N": "1"})
    (finding,) = given.findings
    assert (finding.code, finding.location) == ("RFT109", ("environment", 1, 16, 17))


def test_a_section_whose_keys_are_not_ours_is_set_as_one_value() -> None:
    given = from_command_line(["fireworks.extra_body={reasoning_effort: none}"])
    assert given.findings == ()
    assert [(value.path, value.value) for value in given.values] == [
        ("fireworks.extra_body", {"reasoning_effort": "none"})
    ]
