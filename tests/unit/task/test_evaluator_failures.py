"""Everything an evaluator can do wrong, and the one message that each mistake gives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from rft_cli.errors import ExitCode, SetupError
from rft_cli.task.entry import EvaluatorSpec
from rft_cli.task.evaluator import EvaluatorError, Score, load
from rft_cli.task.limits import Watchdog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rft_cli.task.evaluator import Evaluator
    from rft_cli.task.row import Row

ZERO_HINT = "mend it, or set `on_error: zero` under `evaluator` to score such answers 0"
IMPORT_HINT = "mend it: an evaluator must import without a caller"
FINITE_HINT = "return a finite float: guard the division or the logarithm"
SIGNATURE_HINT = "write `def evaluate(completion, record)`"

LOADING = {
    "not Python": (
        "def evaluate(completion, record)\n    return 1\n",
        "evaluators/score.py:1: the evaluator is not valid Python: expected ':'",
        "python -m py_compile evaluators/score.py",
    ),
    "raises while it is imported": (
        "\nLIMIT = {}['limit']\n",
        "evaluators/score.py:2: the file does not import: it raised KeyError: 'limit'",
        IMPORT_HINT,
    ),
    "imports what is not installed": (
        "import no_such_package.part\n",
        "evaluators/score.py:1: the file does not import: it raised ModuleNotFoundError: No module named "
        "'no_such_package'",
        f"put no_such_package.py beside the evaluator, or install what has it: {sys.executable} -m pip install …",
    ),
    "needs more of the protocol's package": (
        "from eval_protocol.rewards.math import math_reward\n",
        "evaluators/score.py:1: the file does not import: it raised ModuleNotFoundError: No module named "
        "'eval_protocol.rewards'",
        "the file needs more than a single-turn evaluator does: pip install eval-protocol",
    ),
    "needs a name that the stand-in lacks": (
        "from eval_protocol import InitRequest\n",
        "evaluators/score.py:1: the file does not import: it raised ImportError: cannot import name 'InitRequest' "
        "from 'eval_protocol' (unknown location)",
        "the file needs more than a single-turn evaluator does: pip install eval-protocol",
    ),
    "exits while it is imported": (
        "import sys\nsys.exit('usage: score.py')\n",
        "evaluators/score.py:2: the file does not import: it called sys.exit('usage: score.py')",
        'put what runs the file as a script under `if __name__ == "__main__":`',
    ),
    "interrupts itself while it is imported": (
        "raise KeyboardInterrupt\n",
        "evaluators/score.py:1: the file does not import: it raised KeyboardInterrupt",
        IMPORT_HINT,
    ),
    "has no such function": (
        "def evaluat(completion, record):\n    return 1\n",
        "evaluators/score.py has no function `evaluate`",
        "did you mean `evaluat`?",
    ),
    "has no function at all": (
        "",
        "evaluators/score.py has no function `evaluate`",
        SIGNATURE_HINT,
    ),
    "is a number": (
        "evaluate = 3\ndef grade(completion, record):\n    return 1\n",
        "evaluators/score.py:1: `evaluate` is no function: its type is int",
        "it defines grade: name one of them after the colon",
    ),
    "is a class": (
        "class evaluate:\n    pass\n",
        "evaluators/score.py:1: `evaluate` is a class, not a function",
        SIGNATURE_HINT,
    ),
    "takes one argument": (
        "def evaluate(completion):\n    return 1\n",
        "evaluators/score.py:1: `evaluate` takes (completion); an evaluator takes (completion, record)",
        SIGNATURE_HINT,
    ),
    "takes three arguments": (
        "def evaluate(completion, record, extra):\n    return 1\n",
        "evaluators/score.py:1: `evaluate` takes (completion, record, extra); an evaluator takes (completion, record)",
        SIGNATURE_HINT,
    ),
    "requires a keyword": (
        "def evaluate(completion, record, *, judge):\n    return 1\n",
        "evaluators/score.py:1: `evaluate` requires the keyword argument `judge`, which nobody passes",
        SIGNATURE_HINT,
    ),
    "takes a batch": (
        "def evaluate(completions, **kwargs):\n    return [1]\n",
        "evaluators/score.py:1: `evaluate` takes a batch (`completions`); an evaluator scores one answer",
        SIGNATURE_HINT,
    ),
    "takes a row of no known type": (
        "def evaluate(row):\n    return row\n",
        "evaluators/score.py:1: `evaluate` takes a row and its file imports no EvaluationRow",
        "from eval_protocol.models import EvaluationRow, EvaluateResult",
    ),
}


@pytest.mark.parametrize("mistake", LOADING)
def test_a_file_that_cannot_be_used_says_why(loaded: Callable[..., Evaluator], mistake: str) -> None:
    source, message, hint = LOADING[mistake]
    with pytest.raises(EvaluatorError) as caught:
        loaded(source)
    assert (caught.value.message, caught.value.hint) == (message, hint)
    assert caught.value.exit_code is ExitCode.RUN_FAILED


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(EvaluatorError) as caught:
        load(EvaluatorSpec("evaluators/none.py"), tmp_path)
    assert caught.value.message == "the evaluator evaluators/none.py does not exist"


def returning(expression: str) -> str:
    return f"import math\ndef evaluate(completion, record):\n    return {expression}\n"


SCORING = {
    "raises": (
        "def evaluate(completion, record):\n    return int(completion)\n",
        "evaluators/score.py:2: `evaluate` raised ValueError: invalid literal for int() with base 10: 'a' "
        "(line 1 of the data)",
        ZERO_HINT,
    ),
    "raises deep inside the library": (
        "import json\ndef evaluate(completion, record):\n    return json.loads(completion)\n",
        "evaluators/score.py:3: `evaluate` raised JSONDecodeError: Expecting value: line 1 column 1 (char 0) "
        "(line 1 of the data)",
        ZERO_HINT,
    ),
    "raises something that is no Exception": (
        "class Stop(BaseException): pass\ndef evaluate(completion, record):\n    raise Stop\n",
        "evaluators/score.py:3: `evaluate` raised Stop (line 1 of the data)",
        ZERO_HINT,
    ),
    "exits": (
        "import sys\ndef evaluate(completion, record):\n    sys.exit(3)\n",
        "evaluators/score.py:3: `evaluate` called sys.exit(3) (line 1 of the data)",
        ZERO_HINT,
    ),
    "interrupts itself": (
        "def evaluate(completion, record):\n    raise KeyboardInterrupt\n",
        "evaluators/score.py:2: `evaluate` raised KeyboardInterrupt (line 1 of the data)",
        ZERO_HINT,
    ),
    "never ends": (
        "def evaluate(completion, record):\n    while True:\n        pass\n",
        "`evaluate` gave no score within 0.05 s (line 1 of the data)",
        "mend it, or raise `timeout_s` under `evaluator`",
    ),
    "sleeps and catches every Exception": (
        "import time\ndef evaluate(completion, record):\n    try:\n        time.sleep(0.2)\n    except Exception:\n"
        "        pass\n    return 1\n",
        "`evaluate` gave no score within 0.05 s (line 1 of the data)",
        "mend it, or raise `timeout_s` under `evaluator`",
    ),
    "returns nothing": (
        returning("None"),
        "evaluators/score.py:2: `evaluate` returned None, not a number (line 1 of the data)",
        "return a number on every path: one without `return` gives None",
    ),
    "returns NaN": (
        returning("math.nan"),
        "evaluators/score.py:2: `evaluate` returned nan, not a number (line 1 of the data)",
        FINITE_HINT,
    ),
    "returns infinity": (
        returning("-math.inf"),
        "evaluators/score.py:2: `evaluate` returned -inf, not a number (line 1 of the data)",
        FINITE_HINT,
    ),
    "returns a text": (
        returning("'0.5'"),
        "evaluators/score.py:2: `evaluate` returned the text '0.5', not a number (line 1 of the data)",
        "return float(…)",
    ),
    "returns a bool": (
        returning("completion == record['answer']"),
        "evaluators/score.py:2: `evaluate` returned False, not a number (line 1 of the data)",
        "return float(…): a bool is more often a mistake than a score",
    ),
    "returns a list": (
        returning("[1.0]"),
        "evaluators/score.py:2: `evaluate` returned a list, not a number (line 1 of the data)",
        "return a finite float",
    ),
    "returns a huge integer": (
        returning("10 ** 400"),
        "evaluators/score.py:2: `evaluate` returned an integer too large for a float, not a number "
        "(line 1 of the data)",
        "return a finite float",
    ),
    "returns a dict without a score": (
        returning("{'reward': 1.0}"),
        "evaluators/score.py:2: `evaluate` returned a dict without `score` (line 1 of the data)",
        'return {"score": …} and the named parts beside it',
    ),
    "returns a score that is no number": (
        returning("{'score': 'high'}"),
        "evaluators/score.py:2: `evaluate` returned the text 'high' as `score`, not a number (line 1 of the data)",
        "return float(…)",
    ),
    "returns a part that is not finite": (
        returning("{'score': 1.0, 'length': math.inf}"),
        "evaluators/score.py:2: `evaluate` returned inf as the part `length`, not a number (line 1 of the data)",
        "return a finite float",
    ),
    "calls its score invalid": (
        returning("{'score': 0.0, 'is_score_valid': False, 'reason': 'judge is down'}"),
        "evaluators/score.py:2: `evaluate` marked its score as invalid: judge is down (line 1 of the data)",
        "score the answer, or set `on_error: zero`",
    ),
    "returns a coroutine from a plain function": (
        "async def ask(): return 1\ndef evaluate(completion, record):\n    return ask()\n",
        "evaluators/score.py:2: `evaluate` returned a coroutine, not a number (line 1 of the data)",
        "write it as `async def`",
    ),
    "returns a row without a result": (
        "from eval_protocol.models import EvaluationRow\ndef evaluate(row: EvaluationRow):\n    return row\n",
        "evaluators/score.py:2: `evaluate` returned a row without a result (line 1 of the data)",
        "set row.evaluation_result = EvaluateResult(score=…) on every path",
    ),
    "forgets to return the row": (
        "from eval_protocol.models import EvaluationRow\ndef evaluate(row: EvaluationRow):\n    pass\n",
        "evaluators/score.py:2: `evaluate` returned None, not the row (line 1 of the data)",
        "end with `return row`",
    ),
}

FLAVOURS = {
    "in turn": (lambda source: source, 1),
    "in threads": (lambda source: source, 2),
    "async": (lambda source: source.replace("\ndef evaluate", "\nasync def evaluate").removeprefix("\n"), 2),
}


@pytest.mark.parametrize(
    ("mistake", "flavour"),
    [
        (mistake, flavour)
        for mistake in SCORING
        for flavour in FLAVOURS
        if (mistake, flavour) != ("returns a coroutine from a plain function", "async")
    ],
)
def test_a_call_that_goes_wrong_gives_one_message(
    loaded: Callable[..., Evaluator],
    rows: list[Row],
    monkeypatch: pytest.MonkeyPatch,
    mistake: str,
    flavour: str,
) -> None:
    monkeypatch.setattr("rft_cli.task.scoring_loop.LOOP_GRACE_S", 0.02)
    source, message, hint = SCORING[mistake]
    turned, concurrency = FLAVOURS[flavour]
    evaluator = loaded(
        turned("\n" + source).removeprefix("\n"),
        concurrency=concurrency,
        timeout_s=0.05 if "0.05" in message else 30,
    )
    with pytest.raises(EvaluatorError) as caught:
        evaluator.score(["a"], rows[:1])
    shown = caught.value.message
    if "0.05" in message:  # which line a loop was at is chance
        place, _, shown = shown.partition(": ")
        assert place.startswith("evaluators/score.py:")
    assert (shown, caught.value.hint) == (message, hint)
    assert caught.value.exit_code is ExitCode.RUN_FAILED


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_failed_calls_score_zero_and_are_counted_where_that_is_asked_for(
    loaded: Callable[..., Evaluator], rows: list[Row], flavour: str
) -> None:
    turned, concurrency = FLAVOURS[flavour]
    source = turned("\ndef evaluate(completion, record):\n    return 1 / int(completion)\n")
    evaluator = loaded(source, concurrency=concurrency, on_error="zero")
    scores = evaluator.score(["1", "0", "x", "2"], rows[:4])
    assert scores == [Score(1.0, {}), Score(0.0, {}), Score(0.0, {}), Score(0.5, {})]
    assert evaluator.errors == 2
    assert evaluator.last_error is not None
    evaluator.score(["0"], rows[:1])
    assert evaluator.errors == 3
    assert "ZeroDivisionError: division by zero (line 1 of the data)" in evaluator.last_error.message


def test_slow_calls_score_zero_and_the_others_are_kept(
    loaded: Callable[..., Evaluator], rows: list[Row]
) -> None:
    source = """
import time

def evaluate(completion, record):
    if completion == "slow":
        time.sleep(0.2)
    return 1
"""
    for concurrency in (1, 2):
        evaluator = loaded(source, concurrency=concurrency, on_error="zero", timeout_s=0.05)
        scores = evaluator.score(["a", "slow", "b", "slow", "c"], rows[:5])
        assert [score.value for score in scores] == [1.0, 0.0, 1.0, 0.0, 1.0]
        assert evaluator.errors == 2


def test_a_swallowed_interruption_is_still_a_late_answer(
    loaded: Callable[..., Evaluator], rows: list[Row]
) -> None:
    source = """
import time

def evaluate(completion, record):
    try:
        time.sleep(60)
    except:
        pass
    return 1
"""
    with pytest.raises(EvaluatorError, match=r"gave no score within 0\.05 s"):
        loaded(source, timeout_s=0.05).score(["a"], rows[:1])


def test_an_evaluator_that_uses_the_alarm_itself_keeps_its_own_limit_and_ours(
    loaded: Callable[..., Evaluator], rows: list[Row]
) -> None:
    source = """
import signal, time

def give_up(*_):
    raise TimeoutError("own limit")

def evaluate(completion, record):
    if completion == "own":
        signal.signal(signal.SIGALRM, give_up)
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        try:
            time.sleep(60)
        except TimeoutError:
            signal.alarm(0)
            return 0.5
    time.sleep(60)
"""
    before = signal.getsignal(signal.SIGALRM)
    evaluator = loaded(source, timeout_s=0.05, on_error="zero")
    assert [score.value for score in evaluator.score(["own", "ours"], rows[:2])] == [0.5, 0.0]
    assert "gave no score within 0.05 s" in str(evaluator.last_error)
    assert signal.getsignal(signal.SIGALRM) == before


@pytest.mark.parametrize("definition", ["def", "async def"])
def test_a_real_ctrl_c_is_nobodys_mistake(
    loaded: Callable[..., Evaluator], rows: list[Row], definition: str
) -> None:
    source = f"""
import os, signal, time

{definition} evaluate(completion, record):
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.2)
    return 1
"""
    evaluator = loaded(source, on_error="zero")
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        evaluator.score(["a"], rows[:1])
    assert (evaluator.errors, signal.getsignal(signal.SIGINT)) == (0, before)


def test_a_call_that_nothing_interrupts_is_reported_from_outside() -> None:
    hung = threading.Event()
    with Watchdog(0.02, hung.set):
        assert hung.wait(2)


def test_a_watchdog_that_hears_of_calls_stays_quiet() -> None:
    hung = threading.Event()
    with Watchdog(0.2, hung.set) as watchdog:
        for _ in range(3):
            assert not hung.wait(0.08)
            watchdog.beat()


def test_the_watchdog_names_the_line_that_hangs(
    loaded: Callable[..., Evaluator], rows: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rft_cli.task.evaluator.GRACE_S", 0.0)
    source = """
import threading

def evaluate(completion, record):
    while True:
        try:
            record["go"] = GO.wait(0.2)
            return 1
        except BaseException:
            GO.wait(0.2)

GO = threading.Event()
"""
    told: list[EvaluatorError] = []
    evaluator = loaded(source, timeout_s=0.05, on_error="zero", on_hang=told.append)
    evaluator.score(["a"], rows[:1])
    (error,) = told
    place, _, message = error.message.partition(": ")
    assert place.startswith("evaluators/score.py:")
    assert message == "`evaluate` gave no score within 0.05 s and cannot be interrupted"


def test_a_call_that_never_gives_the_interpreter_back_ends_the_process_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text(
        "import re\n\ndef evaluate(completion, record):\n    return len(re.findall('(a+)+$', 'a' * 60 + 'b'))\n",
        encoding="utf-8",
    )
    program = """
import sys
from pathlib import Path
from rft_cli.task import evaluator, limits
from rft_cli.task.row import Row

evaluator.GRACE_S = 0.0
limits.LAST_RESORT_S = 0.1
spec = evaluator.EvaluatorSpec("score.py", timeout_s=0.05, concurrency=2)
evaluator.load(spec, Path(sys.argv[1]), on_hang=print).score(["a"], [Row(1, [], {})])
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert 'score.py", line 4 in evaluate' in done.stderr


def test_a_mistake_in_a_local_module_is_shown_there(
    loaded: Callable[..., Evaluator], rows: list[Row], tmp_path: Path
) -> None:
    (tmp_path / "evaluators").mkdir()
    (tmp_path / "evaluators" / "parsing.py").write_text(
        "def number(text):\n    return float(text)\n", encoding="utf-8"
    )
    source = "from parsing import number\ndef evaluate(completion, record):\n    return number(completion)\n"
    with pytest.raises(EvaluatorError) as caught:
        loaded(source).score(["a"], rows[1:2])
    assert caught.value.message == (
        "evaluators/parsing.py:2: `evaluate` raised ValueError: could not convert string to float: 'a' "
        "(line 2 of the data)"
    )


def test_the_first_failure_ends_the_batch(loaded: Callable[..., Evaluator], rows: list[Row]) -> None:
    source = """
calls = []

def evaluate(completion, record):
    calls.append(completion)
    return 1 / len(completion.strip("b"))
"""
    with pytest.raises(EvaluatorError):
        loaded(source).score(["a", "b", "c", "d"], rows[:4])
    assert sys.modules["rft_evaluator_score"].calls == ["a", "b"]


def test_a_named_variable_comes_from_the_environment_or_the_dotenv_file(
    loaded: Callable[..., Evaluator], rows: list[Row], tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(
        "# keys\nexport JUDGE_KEY='7'  # secret\nJUDGE_SET=\"from file\"\nOTHER=1\n", encoding="utf-8"
    )
    os.environ["JUDGE_SET"] = "5"
    source = """
import os

def evaluate(completion, record):
    assert "OTHER" not in os.environ
    return float(os.environ["JUDGE_KEY"]) + float(os.environ["JUDGE_SET"])
"""
    evaluator = loaded(source, env=("JUDGE_KEY", "JUDGE_SET"))
    assert evaluator.score(["a"], rows[:1]) == [Score(12.0, {})]


@pytest.mark.parametrize(("dotenv", "state"), [("", "not set"), ("JUDGE_KEY=\n", "empty")])
def test_a_missing_variable_is_named(
    loaded: Callable[..., Evaluator], tmp_path: Path, dotenv: str, state: str
) -> None:
    (tmp_path / ".env").write_text(dotenv, encoding="utf-8")
    with pytest.raises(SetupError) as caught:
        loaded("def evaluate(c, r): return 1\n", env=("JUDGE_KEY",))
    assert caught.value.message == f"the evaluator needs the environment variable JUDGE_KEY, which is {state}"


def test_a_secret_never_stands_in_a_message(loaded: Callable[..., Evaluator], rows: list[Row]) -> None:
    os.environ["JUDGE_KEY"] = "sk-very-secret"
    source = """
import os

def evaluate(completion, record):
    raise PermissionError("bad key " + os.environ["JUDGE_KEY"])
"""
    with pytest.raises(EvaluatorError) as caught:
        loaded(source, env=("JUDGE_KEY",)).score(["a"], rows[:1])
    assert caught.value.message == (
        "evaluators/score.py:5: `evaluate` raised PermissionError: bad key *** (line 1 of the data)"
    )
