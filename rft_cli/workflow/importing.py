"""A job that was made elsewhere, as the text of a run config. Asks the service; writes nothing there or here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.backends.fireworks.listing import base_of_adapter
from rft_cli.backends.fireworks.refusals import NotFoundError
from rft_cli.backends.fireworks.shape.config_of import config_of, without_own_model
from rft_cli.backends.fireworks.shape.naming import run_name
from rft_cli.backends.fireworks.shape.wire import JOBS, split_name
from rft_cli.errors import UsageError
from rft_cli.spec.run_yaml import config_text

if TYPE_CHECKING:
    from pathlib import Path

    from rft_cli.backends.fireworks.client import FireworksClient
    from rft_cli.workflow.project import Project


class ImportedConfig(NamedTuple):
    """A run config made of a job."""

    name: str
    text: str
    notes: tuple[str, ...]


def import_job(project: Project, job: str) -> ImportedConfig:
    """The run config of a job of the managed service.

    Args:
        project: whose `.env` may hold the key.
        job: its id, or its full name.

    Raises:
        UsageError: there is no such job, or the name is that of something else.
        SetupError: there is no key.
        BackendError: the service refused, or cannot be reached.
    """
    full = split_name(job)
    if "/" in job and (full is None or full[1] != JOBS):
        raise UsageError(
            f"{job} is no name of a job", hint=f"write its id, or accounts/<account>/{JOBS}/<id>"
        )
    with _client(project.root) as client:
        try:
            found = client.named(job) if full else client.job(job)
        except NotFoundError as error:
            raise UsageError(error.message, hint=error.hint) from error
        base = base_of_adapter(client, found)
    made = config_of(without_own_model(found), base)
    name = run_name(str(found.get("displayName") or ""), job.rpartition("/")[2])
    source = str(found.get("name") or job)
    text = config_text(name, made.values, introduction=(f"Made from the job {source}.",))
    return ImportedConfig(name, text, made.notes)


@contextmanager
def _client(root: Path) -> Iterator[FireworksClient]:
    from rft_cli.backends.fireworks.access import read_access
    from rft_cli.backends.fireworks.client import FireworksClient
    from rft_cli.backends.fireworks.connection import Connection

    access = read_access(root)
    with closing(Connection(access)) as connection:
        yield FireworksClient(access, connection)
