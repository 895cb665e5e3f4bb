"""Codes 0xx: reading a file, its structure and its layers. Data.

`bad` and `good` are executed: read as a fragment, `bad` gives this code alone and `good` gives nothing.
"""

from __future__ import annotations

from rft_cli.diagnostics import Severity
from rft_cli.spec.code import Code

NEVER = "Never: nothing is launched from such a file."


def _error(
    code: str, name: str, summary: str, why: str, *, bad: str = "", good: str = "", fine_when: str = NEVER
) -> Code:
    return Code(code, name, Severity.ERROR, summary, why, fine_when, bad, good)


YAML_CODES: tuple[Code, ...] = (
    _error(
        "RFT001",
        "unreadable-file",
        "The file cannot be read: it is not there, is a folder, is not permitted, or is larger than 1 MiB.",
        "Nothing can be said about a file that was not read. A run config has a few hundred bytes, so a huge file is "
        "another file by mistake.",
    ),
    _error(
        "RFT002",
        "foreign-encoding",
        "The file is not UTF-8.",
        "YAML is UTF-8. Guessing another encoding would read names and paths wrongly on some machines only.",
    ),
    _error(
        "RFT003",
        "broken-yaml",
        "The text is not YAML: an open quote or bracket, a tab, a missing colon, a merge conflict, an invisible character.",
        "What follows the mistake cannot be trusted, so nothing after it is checked: mend it and lint again.",
        bad="training:\n  learning_rate 1e-4\n  epochs: 1\n",
        good="training:\n  learning_rate: 1e-4\n  epochs: 1\n",
    ),
    _error(
        "RFT004",
        "empty-config",
        "The file holds no keys: it is empty, or everything in it is a comment.",
        "An empty file is usually one that was not saved, or that lost its content in a merge.",
        bad="# version: 1\n",
        good="version: 1\n",
    ),
    _error(
        "RFT005",
        "several-documents",
        "A line of three dashes begins a second document in the same file.",
        "One file is one run: its name, its place in the ledger and its history in git belong to one config. Other tools "
        "read the first document only, and would silently drop the rest.",
        bad="version: 1\n---\nversion: 1\n",
        good="---\nversion: 1\n",
    ),
    _error(
        "RFT006",
        "keyless-file",
        "The file is a list or a single value, not keys with values.",
        "A run config is a set of named values. A list at the top often means that a dash too many stands before the keys.",
        bad="- version: 1\n",
        good="version: 1\n",
    ),
    _error(
        "RFT007",
        "duplicate-key",
        "A key stands twice in one section.",
        "Most YAML readers keep the last one without a word, so the value that was reviewed may not be the value that "
        "trains, and a change of one parameter may change nothing.",
        bad="training:\n  epochs: 1\n  epochs: 2\n",
        good="training:\n  epochs: 2\n",
    ),
    _error(
        "RFT008",
        "oversized-structure",
        "The file nests deeper than 100 levels, holds more than 10,000 keys and values with every alias written out, or "
        "an alias stands inside its own anchor.",
        "A few hundred bytes of nested aliases can stand for billions of values. A run config needs three levels and a few "
        "dozen values, so the limit meets mistakes and attacks only.",
        bad="x-list: &list [*list]\n",
        good="x-list: &list [1]\n",
    ),
    _error(
        "RFT009",
        "yaml-tag",
        "A value carries a YAML tag that means nothing in a run config.",
        "Tags ask a reader to build objects of a programming language. No value of a run config needs one, and honouring "
        "them is how a config file gets to run code.",
        bad="model: !python/name:os.system rehearsal\n",
        good="model: rehearsal\n",
    ),
    _error(
        "RFT010",
        "endless-number",
        "A number is infinite, not a number, or too large for any machine.",
        "A value that is not a number passes every range check, because no comparison with it is true, and cannot be sent "
        "as JSON.",
        bad="training:\n  learning_rate: .nan\n",
        good="training:\n  learning_rate: 1e-4\n",
    ),
    _error(
        "RFT011",
        "leading-zero",
        "A number begins with a zero.",
        "YAML 1.1 readers take 010 for the octal 8, YAML 1.2 readers for 10: the same file would train differently "
        "depending on who reads it.",
        bad="training:\n  epochs: 010\n",
        good="training:\n  epochs: 10\n",
        fine_when="In quotes, where a text is meant.",
    ),
    _error(
        "RFT012",
        "unnamed-key",
        "A key is a number, true, false, null, a list, or is missing.",
        "The keys of a run config are names. A number as a key usually comes from a comma inside a number, or from a dash "
        "or quote that is missing.",
        bad="x-notes: {1: first}\n",
        good='x-notes: {"1": first}\n',
    ),
    _error(
        "RFT013",
        "empty-value",
        "A key has no value.",
        "An empty value may mean the default, zero, or a value that somebody forgot to fill in. The file should say which.",
        bad="tracking:\n",
        good="tracking: {}\n",
    ),
    _error(
        "RFT014",
        "merged-value",
        "The merge key << is given something else than a section.",
        "<< copies the keys of another section into this one; a list or a single value has no keys to copy.",
        bad="x-base: &base [1, 2]\ntraining:\n  <<: *base\n",
        good="x-base: &base {epochs: 1}\ntraining:\n  <<: *base\n",
    ),
    _error(
        "RFT017",
        "plan-as-config",
        "The file is a plan or a record that rft wrote, and no run config.",
        "A plan is launched as it is, a record is compared with: both hold the values of a run config, in another form. "
        "Checked as a config, every key of them would be unknown.",
        bad='{"schema_version": 1, "kind": "plan", "name": "arithmetic"}\n',
        good="name: arithmetic\n",
    ),
)
"""What YAML itself can have wrong with it."""

STRUCTURE_CODES: tuple[Code, ...] = (
    _error(
        "RFT020",
        "unknown-key",
        "A key, an override or an RFT_ variable names nothing that a run config has.",
        "A misspelt key that is ignored leaves its default in force, and the run then answers another question than the "
        "one that was asked.",
        bad="training:\n  lora_rnak: 16\n",
        good="training:\n  lora_rank: 16\n",
        fine_when="For keys of your own: begin them with x-, at the top level.",
    ),
    _error(
        "RFT021",
        "missing-key",
        "A required key is missing after everything that the file extends has been read.",
        "version, model, dataset and evaluator have no default that could be right.",
        bad="evaluator:\n  timeout_s: 5\n",
        good="evaluator:\n  entry: evaluators/judge.py:evaluate\n  timeout_s: 5\n",
        fine_when="In a fragment, a file whose name begins with _.",
    ),
    _error(
        "RFT022",
        "wrong-type",
        "A value is of another kind than its key takes: a text where a number belongs, a list where a section belongs.",
        "Guessing what was meant would read the same file differently in different places.",
        bad="experiment:\n  seed: zero\n",
        good="experiment:\n  seed: 0\n",
    ),
    _error(
        "RFT023",
        "illegal-value",
        "A value is of the right kind, and not one that its key can take.",
        "The backend would refuse it, or do something else than what was written.",
        bad="backend: firework\n",
        good="backend: fireworks\n",
    ),
    _error(
        "RFT024",
        "illegal-name",
        "The run's name is not made of 1 to 63 letters a to z, digits and dashes, beginning with a letter.",
        "The name becomes part of run ids, folders and job ids of services, which all agree on these characters only.",
        bad="name: My run\n",
        good="name: my-run\n",
    ),
    _error(
        "RFT025",
        "newer-version",
        "The file is of a newer format than this rft reads.",
        "A newer format may give a key another meaning, so reading on would be guessing.",
        bad="version: 2\n",
        good="version: 1\n",
    ),
)
"""What a file can have wrong with it as a run config."""

LAYER_CODES: tuple[Code, ...] = (
    _error(
        "RFT030",
        "unusable-base",
        "A file that `extends` names is missing, unreadable or no run config.",
        "The values that it should supply are unknown. Its path is relative to the file that writes it.",
    ),
    _error(
        "RFT031",
        "circular-extends",
        "Files extend each other in a circle.",
        "In a circle no file comes first, so none can win.",
    ),
    _error(
        "RFT032",
        "endless-extends",
        "More than 16 files build on each other.",
        "Nobody can tell any more which file a value comes from.",
    ),
    _error(
        "RFT033",
        "shapeless-override",
        "An override is not path=value, or sets something that cannot be set that way.",
        "An override sets one value. Sections and `extends` belong into files, where they can be reviewed.",
    ),
    _error(
        "RFT034",
        "launched-fragment",
        "A file whose name begins with _ was asked to run.",
        "It is a part of run configs, and nothing checks that it is complete.",
        fine_when="Never: name it in `extends` of a run config, or rename it.",
    ),
)
"""What the layers of a run config can have wrong with them."""

READING_CODES: tuple[Code, ...] = (*YAML_CODES, *STRUCTURE_CODES, *LAYER_CODES)
