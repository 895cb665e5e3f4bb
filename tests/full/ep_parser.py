"""Run by another Python, which has eval-protocol: what its own parser makes of command lines.

Reads one JSON list of words a line; answers each with one line: the arguments of the call that would make the job, or an error.
"""

import contextlib
import io
import json
import sys

from eval_protocol import cli
from eval_protocol.cli_commands import create_rft

PARSER = cli.build_parser()


def called_with(words: list[str]) -> dict[str, object]:
    told = io.StringIO()
    try:
        with contextlib.redirect_stderr(told), contextlib.redirect_stdout(told):
            args = PARSER.parse_args(words)
            nowhere = ("acme", "fw_none", "http://127.0.0.1:9")
            create_rft._create_rft_job(*nowhere, "e", args.evaluator, "d", args.dataset, args, dry_run=True)
    except SystemExit:
        return {"error": told.getvalue().splitlines()[-1]}
    text = told.getvalue()
    call, _ = json.JSONDecoder().raw_decode(text[text.index("\n{") + 1 :])
    return {"call": call}


for line in sys.stdin:
    print(json.dumps(called_with(json.loads(line))), flush=True)
