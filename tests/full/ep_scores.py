"""Run by another Python: the scores that rft gives with each evaluator file that is named.

``ep_scores.py ROOT FILE…``: one JSON object, file → scores.
"""

import json
import sys
from pathlib import Path

from rft_cli.task.evaluator import EvaluatorSpec, load
from rft_cli.task.row import Row

ROWS = [
    Row(
        line,
        [{"role": "user", "content": "1+1?"}],
        {"messages": [{"role": "user", "content": "1+1?"}], "ground_truth": "2"},
    )
    for line in (1, 2, 3)
]
root = Path(sys.argv[1])
found = {
    name: [score.value for score in load(EvaluatorSpec(name), root).score(["2", "3", "2"], ROWS)]
    for name in sys.argv[2:]
}
print(json.dumps(found))
