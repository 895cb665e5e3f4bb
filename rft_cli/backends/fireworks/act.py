"""Drives jobs of the managed service for the workflow: submits, looks, ends, resumes, and fetches what they leave."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rft_cli.backends.base import RUN_PLACEHOLDER, Handle, Log, Poll, Progress, Ref, Stage, Submission
from rft_cli.backends.fireworks.access import ACCOUNT as ACCOUNT_VARIABLE
from rft_cli.backends.fireworks.access import read_access
from rft_cli.backends.fireworks.aside import Tell, aside
from rft_cli.backends.fireworks.identity import job_of, own_id, read_seen, write_seen
from rft_cli.backends.fireworks.inspection import inspect
from rft_cli.backends.fireworks.listing import Listing
from rft_cli.backends.fireworks.observation import GLANCE, Chunk, chunks_of, glance, poll_of, steps_of_job
from rft_cli.backends.fireworks.refusals import (
    LostAnswerError,
    NotFoundError,
    RefusedError,
    UnreachableError,
    field,
)
from rft_cli.backends.fireworks.rollouts import measured, rollouts_of
from rft_cli.backends.fireworks.shape.body import body_of, filled_in
from rft_cli.backends.fireworks.shape.opinions import RULES
from rft_cli.backends.fireworks.shape.steps import schedule
from rft_cli.backends.fireworks.shape.wire import ACCOUNT, JOBS, WANDB_KEY, resource
from rft_cli.backends.fireworks.states import RESUMABLE, STANDS_STILL, bare, meaning
from rft_cli.backends.fireworks.submission import make_once
from rft_cli.backends.fireworks.submitting import Standing, last_asked, standing, submitting
from rft_cli.backends.fireworks.upload import bring
from rft_cli.errors import BackendError, ExitCode, SetupError, UnansweredError
from rft_cli.rules.engine import check_config
from rft_cli.rules.rule import facts_of
from rft_cli.task.environment import DOTENV_FILE, read_dotenv
from rft_cli.worker import ROLLOUTS_DIR, Failure, Rollout, RunFolder, Schedule, State, now

if TYPE_CHECKING:
    from rft_cli.backends.fireworks.client import FireworksClient
    from rft_cli.config import Config
    from rft_cli.diagnostics import Finding

ENGINE = "fireworks-rft"
"""One name for all of the service's versions, because it does not tell them apart."""

GRACE_SECONDS = 120.0
"""How long a job that nobody has confirmed may be missing. Chosen: above all time limits of a create and its repetitions."""

STALL_SECONDS = 1800.0
"""Without progress so long, a running job counts as stalled. Chosen: a chunk takes minutes, a whole run half an hour and more."""

SHORTEST_PACE, LONGEST_PACE, PATIENCE = 0.5, 10.0, 4
"""Seconds between two looks at the service, and the part of the silence that a wait is. Chosen: news is seen at once, and a quiet
job costs six requests a minute, where the smallest accounts have ten."""

BLIND_SECONDS = 600.0
"""How long a follower goes on when the service cannot be asked. Chosen: a network that comes back within ten minutes."""

MOST_FETCHED = 10
"""Steps whose rollouts are fetched for runs that have ended unwatched, in one process. Chosen: a look at hundreds of runs stays a
matter of seconds; `rft sync RUN` looks at one."""

WANDB_VARIABLE = "WANDB_API_KEY"

Connect = Callable[[Path], "FireworksClient"]
"""Project root → client."""


class _Seen(NamedTuple):
    """The last look at a run in this process."""

    poll: Poll
    at: float
    """Monotonic seconds of the look."""
    news: float
    """Monotonic seconds of the last look that saw something new."""


class FireworksBackend:
    """The managed service.

    Args:
        connect: makes a client; tests put their own here.
        sleep: waits so many seconds.
        clock: seconds that only grow.
        moment: seconds since 1970.
    """

    name = "fireworks"
    about = (
        "the run is paid for and goes on without this terminal; Ctrl-C lets go of it, `rft cancel` ends it"
    )
    engine = ENGINE
    costs_money = True
    takes_seconds = False
    resumes = frozenset({State.FAILED})
    holds_out = False

    def __init__(
        self,
        connect: Connect | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        moment: Callable[[], float] = time.time,
    ) -> None:
        self._connect = connect or _connected
        self._sleep, self._clock, self._moment = sleep, clock, moment
        self._clients: dict[Path, FireworksClient] = {}
        self._seen: dict[str, _Seen] = {}
        self._fetches_left = MOST_FETCHED
        self._bodies: dict[str, Mapping[str, Any]] = {}

    def preflight(self, config: Config, rows: int = 0) -> tuple[Finding, ...]:
        """What the service would refuse or do differently, without asking it."""
        return check_config(config, facts_of(rows), rules=RULES)

    def inspect(self, config: Config, root: Path) -> tuple[Finding, ...]:
        """What the service says of the resources that a config names."""
        return inspect(self._client(root), config)

    def elsewhere(self, root: Path) -> Listing:
        """The jobs of the account, whoever started them."""
        return Listing(self._client(root), self._bodies)

    def schedule(self, config: Config, rows: int) -> Schedule:
        """A step is a chunk of prompts."""
        return schedule(config, rows)

    def payload(
        self, config: Config, schedule: Schedule, digests: Mapping[str, str], *, force: bool = False
    ) -> dict[str, Any]:
        """The body of the request that makes the job."""
        del schedule, force  # the service does its own arithmetic, and has nothing to go past
        return body_of(config, digests)

    def submit(self, handle: Handle, payload: Mapping[str, Any]) -> Submission:
        """Make the job, once, whatever happens to answers.

        Raises:
            UnansweredError: the job may or may not be there.
            BackendError: the service refused, or was never asked.
            SetupError: a key is missing.
        """
        identifier = own_id(handle)
        asking = Progress(Stage.REQUEST, "", f"asking the service for the job {identifier}")

        def prepare(tell: Tell) -> tuple[FireworksClient, dict[str, Any]]:
            tell(Progress(Stage.LOOK, "", "looking at what the service has"))
            client = self._client(handle.root)
            body = self._body(client, handle, payload)
            write_seen(handle.folder, job=resource(client.account_id, JOBS, identifier))
            bring(client, handle, body, self._sleep, tell)
            return client, body

        with submitting(handle.folder) as turn:
            client, body = yield from aside(prepare)
            yield asking  # who lets go here has started nothing

            def make(tell: Tell) -> Ref:
                def about_to_ask() -> None:
                    tell(asking)  # raises when nobody waits any more
                    turn.asks(self._moment())

                def was_there() -> None:
                    said = f"the job {identifier} is at the service already: it is followed, and none is made"
                    tell(Progress(Stage.READY, "", said))

                job = make_once(
                    client, identifier, body, self._sleep, about_to_ask=about_to_ask, was_there=was_there
                )
                return _ref(client, job, identifier)

            return (yield from aside(make))

    def poll(self, handle: Handle) -> Poll:
        """Where the job is. Within one process the service is asked at a pace that fits how much there is to see."""
        known = self._seen.get(handle.run)
        if known is not None and known.poll.cursor == handle.cursor:
            silence = known.at - known.news
            if self._clock() - known.at < min(max(silence / PATIENCE, SHORTEST_PACE), LONGEST_PACE):
                return known.poll._replace(events=())
        try:
            poll = self._looked(handle)
        except (UnreachableError, LostAnswerError):
            if known is None or self._clock() - known.at > BLIND_SECONDS:
                raise
            return known.poll._replace(events=())
        moment = self._clock()
        is_news = bool(poll.events) or known is None or known.poll.raw_state != poll.raw_state
        self._seen[handle.run] = _Seen(poll, moment, moment if is_news or known is None else known.news)
        return poll

    def cancel(self, handle: Handle) -> None:
        """Ask the job to end; the service takes about a minute for it.

        Raises:
            BackendError: the service refused, or has no such job.
        """
        client, identifier = self._client(handle.root), job_of(handle)
        self._seen.pop(handle.run, None)
        if not meaning(bare(client.job(identifier, *GLANCE).get("state"))).live:
            return
        try:
            client.cancel_job(identifier)
        except RefusedError:
            # It may have ended in between.
            if meaning(bare(client.job(identifier, *GLANCE).get("state"))).live:
                raise

    def resume(self, handle: Handle, payload: Mapping[str, Any]) -> Ref:
        """Let a failed job go on under its id.

        Raises:
            BackendError: the job did not fail, and the service resumes no other.
        """
        del payload  # the service has it
        client, identifier = self._client(handle.root), job_of(handle)
        self._seen.pop(handle.run, None)
        job = _found(client, handle)
        word = bare(job.get("state"))
        if word != RESUMABLE and not meaning(word).live:
            raise RefusedError(
                f"{handle.run} is {word} at the service, which resumes failed runs only",
                hint=(
                    "launch the config again with --new-attempt"
                    if meaning(word).has_result
                    else "launch the config again, which makes another attempt"
                ),
            )
        if word == RESUMABLE:
            try:
                client.resume_job(identifier)
            except (LostAnswerError, RefusedError):
                if not _goes_on(client, handle, identifier):
                    raise
        return {
            "job": field(job, "name", ""),
            "steps": steps_of_job(job, client.rows_of(field(job, "dataset", ""))),
        }

    def logs(self, handle: Handle, cursor: int = 0) -> Log:
        """The trainer's log where the account may read it, else what the service says of the job."""
        client = self._client(handle.root)
        try:
            job = _found(client, handle)
        except NotFoundError:
            if handle.ref:
                raise
            return Log("", cursor)  # nothing was started, so nothing was printed
        url = field(job, "trainerLogsSignedUrl", "")
        status = field(job, "status", {})
        text = (
            client.text_at(url)
            if url
            else f"{bare(job.get('state'))} {field(status, 'message', '')}".rstrip() + "\n"
        )
        return Log(text[cursor:], len(text))

    def rollouts(self, handle: Handle, step: int | None = None) -> Iterator[Rollout]:
        """The answers of the steps that are done, fetched once and kept in the run folder."""
        client = self._client(handle.root)
        job = _found(client, handle)
        for chunk in chunks_of(job):
            if step is None or chunk.step == step:
                yield from self._fetched(client, handle, job, chunk)

    def _client(self, root: Path) -> FireworksClient:
        if root not in self._clients:
            self._clients[root] = self._connect(root)
        return self._clients[root]

    def _body(self, client: FireworksClient, handle: Handle, payload: Mapping[str, Any]) -> dict[str, Any]:
        own = {name: value for name, value in payload.items() if name not in ("run", "resume")}
        places = {ACCOUNT: client.account_id, RUN_PLACEHOLDER: handle.run}
        if "wandbConfig" in own:
            places[WANDB_KEY] = _wandb_key(handle.root)
        filled: dict[str, Any] = filled_in(own, places)
        filled["displayName"] = filled["displayName"][:63]
        return filled

    def _looked(self, handle: Handle) -> Poll:
        client, identifier = self._client(handle.root), job_of(handle)
        # What was looked at in order to be taken over needs no second look.
        fresh = self._bodies.pop(str(handle.ref.get("job", "")), None)
        try:
            job = fresh or client.job(identifier, *GLANCE)
        except NotFoundError:
            _insist_on_account(client, handle, identifier)
            return _missing(handle, identifier.rpartition("/")[2], self._moment())
        seen = read_seen(handle.folder)
        mark = glance(job)
        word = bare(job.get("state"))
        is_same = "since" in seen and seen.get("glance") == mark and seen.get("cursor") == handle.cursor
        since = str(seen["since"]) if is_same else now()
        if is_same and meaning(word).live and handle.ref:
            return Poll(meaning(word), word, handle.cursor, stalled_since=self._stalled(word, since))
        job = fresh or client.job(identifier)
        chunks = chunks_of(job)
        if not meaning(bare(job.get("state"))).live:
            chunks = [self._derived(client, handle, job, chunk) for chunk in chunks]
        ref = handle.ref or _ref(client, job, identifier)
        stalled = self._stalled(bare(job.get("state")), since)
        poll = poll_of(
            job,
            chunks,
            run=handle.run,
            # The rollouts of a run that is over say more of each step, so all of them are told again.
            told=max(0, handle.cursor - 1) if meaning(bare(job.get("state"))).live else 0,
            cursor=handle.cursor,
            steps=ref.get("steps", 0),
            stalled_since=stalled,
        )
        named = field(job, "name", identifier)
        write_seen(handle.folder, job=named, glance=glance(job), since=since, cursor=poll.cursor)
        return poll if handle.ref else poll._replace(ref=ref)

    def _stalled(self, word: str, since: str) -> str:
        is_quiet = meaning(word) is State.RUNNING and self._moment() - _seconds(since) > STALL_SECONDS
        return since if word in STANDS_STILL or is_quiet else ""

    def _derived(
        self, client: FireworksClient, handle: Handle, job: Mapping[str, Any], chunk: Chunk
    ) -> Chunk:
        """A step of a job that is over, with what its rollouts say; without it when they cannot be fetched."""
        is_here = _rollouts_file(handle, chunk).is_file()
        if not (is_here or handle.is_whole or handle.run in self._seen):
            if not self._fetches_left:
                return chunk
            self._fetches_left -= 1
        try:
            return chunk._replace(
                values={**chunk.values, **measured(self._fetched(client, handle, job, chunk))}
            )
        except BackendError:
            return chunk

    def _fetched(
        self, client: FireworksClient, handle: Handle, job: Mapping[str, Any], chunk: Chunk
    ) -> list[Rollout]:
        stored = _rollouts_file(handle, chunk)
        if stored.is_file():
            with suppress(ValueError):  # damaged: fetched again
                return [json.loads(line) for line in stored.read_text(encoding="utf-8").splitlines()]
        if not chunk.dataset:
            return []
        n = int(field(field(job, "inferenceParameters", {}), "responseCandidatesCount", 1))
        found = list(rollouts_of(chunk.step, client.dataset_files(chunk.dataset), n))
        if handle.folder.is_dir():
            RunFolder(handle.folder).write_rollouts(chunk.step, found)
        return found


def _connected(root: Path) -> FireworksClient:
    from rft_cli.backends.fireworks.client import FireworksClient
    from rft_cli.backends.fireworks.connection import Connection

    access = read_access(root)
    return FireworksClient(access, Connection(access))


def _ref(client: FireworksClient, job: Mapping[str, Any], identifier: str) -> Ref:
    name = field(job, "name", resource(client.account_id, JOBS, identifier))
    return {"job": name, "steps": steps_of_job(job, client.rows_of(field(job, "dataset", "")))}


def _found(client: FireworksClient, handle: Handle) -> Mapping[str, Any]:
    """The job of a run.

    Raises:
        NotFoundError: it was never made, or is gone.
    """
    try:
        return client.job(job_of(handle))
    except NotFoundError as error:
        since = " any more" if handle.ref else ""
        raise NotFoundError(
            f"{handle.run} has no job at the service{since}",
            hint="launch the config again, which makes another attempt",
        ) from error


def _insist_on_account(client: FireworksClient, handle: Handle, job: str) -> None:
    """A job that another account holds is not gone because this one does not have it."""
    account = job.removeprefix("accounts/").partition("/")[0] if "/" in job else client.account_id
    if account != client.account_id:
        raise RefusedError(
            f"{handle.run} is a job of the account {account}, and the key is used for {client.account_id}",
            hint=f"export {ACCOUNT_VARIABLE}={account}, and a key of that account",
        )


def _rollouts_file(handle: Handle, chunk: Chunk) -> Path:
    return handle.folder / ROLLOUTS_DIR / f"{chunk.step:06}.jsonl"


def _goes_on(client: FireworksClient, handle: Handle, job: str) -> bool:
    """Whether a job goes on whose resumption nobody has confirmed.

    Raises:
        UnansweredError: nobody says.
    """
    try:
        return meaning(bare(client.job(job, *GLANCE).get("state"))).live
    except (LostAnswerError, UnreachableError) as error:
        raise UnansweredError(
            f"the service did not say whether {handle.run} goes on", hint="rft sync finds out"
        ) from error


def _missing(handle: Handle, identifier: str, moment: float) -> Poll:
    """What it means that there is no such job, so many seconds after 1970."""
    since = _seconds(handle.since)
    known = Standing.UNCLEAR if handle.ref else standing(handle.folder, moment - since)
    if known is Standing.SUBMITTING:
        return Poll(State.SUBMITTING, "being submitted", handle.cursor)
    word = "not found"
    if handle.ref:
        message = f"the service has no job {identifier} any more"
    elif known is Standing.NOTHING_ASKED:
        message = "the launch ended before it asked the service for the job: nothing was started"
        word = ""  # nothing can come any more, so nobody has to look again
    elif moment - max(since, last_asked(handle.folder)) < GRACE_SECONDS:
        return Poll(State.UNKNOWN, word, handle.cursor)
    else:
        message = f"the service has no job {identifier}: nothing was started"
    hint = "launch the config again"
    failure = Failure(kind="submission", message=message, hint=hint, exit_code=int(ExitCode.BACKEND))
    return Poll(State.FAILED, word, handle.cursor, (), message, failure)


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def _wandb_key(root: Path) -> str:
    key = os.environ.get(WANDB_VARIABLE) or read_dotenv(root / DOTENV_FILE).get(WANDB_VARIABLE)
    if not key:
        raise SetupError(
            f"tracking.wandb needs {WANDB_VARIABLE}, which is not set",
            hint=f"export {WANDB_VARIABLE}=… or leave tracking.wandb out",
        )
    return key
