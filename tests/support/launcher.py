"""A launch from a process of its own, with a fake worker: `python launcher.py BEHAVIOUR [PATH=VALUE ...]`; prints the run id."""

from __future__ import annotations

import sys
from pathlib import Path

from rft_cli.backends.local.act import LocalBackend
from rft_cli.runs.place import Place
from rft_cli.workflow.events import Submitted
from rft_cli.workflow.launch import launch
from rft_cli.workflow.project import Project
from rft_cli.workflow.request import Request

if __name__ == "__main__":
    behaviour, *overrides = sys.argv[1:]
    fake = Path(__file__).with_name("fake_worker.py")
    backend = LocalBackend(command=(sys.executable, str(fake), behaviour))
    project = Project(Place(Path.cwd(), Path.cwd() / ".rft"), lambda _name: backend)
    for event in launch(project, Request(Path("sums.yaml"), tuple(overrides), detach=True)):
        if isinstance(event, Submitted):
            print(event.run.id, "new" if event.is_new else "known")
