"""A stand-in for the managed service, faithful enough that the official SDK drives it.

Alone: ``python -m tests.services.fireworks --port 8080 --scenario NAME --seed N`` (``--list`` names the scenarios; ten seconds pass in one).
In a test: the fixture ``fireworks``, a `double.Double`. Elsewhere: ``with double.serve("happy") as fireworks``.
What it cannot know it takes from a setting (`settings`), so that a client can be shown both ways.

What it is faithful to, and where:

1.  401 (code 16) without a key or with a wrong one; 403 for urllib's User-Agent: `service.Service.handle`.
2.  ``/verifyApiKey`` answers in headers alone; none, one or two accounts: `accounts`, scenarios ``no-account`` and ``two-accounts``.
3.  Unset fields are sent (or left out, where they are optional), the service's own defaults, ids of eight characters, 409 for an id that
    is taken: `job_fields`, `names`, `jobs.create`.
4.  ``exampleCount`` is required; UPLOADING becomes READY after ``:upload``; signed URLs check method, both headers, size and age: `datasets`, `storage`.
5.  Evaluators go from BUILDING to ACTIVE or BUILD_FAILED, judged by their archive, with a build log and revisions; 403 without the role:
    `evaluators`, `archives`, `revisions`, scenarios ``build-…`` and ``no-role``.
6.  Jobs: PENDING, VALIDATING, RUNNING at 0 %, COMPLETED at 97 %, and every other way: `timeline` (scripts), `job_life` (cancel, resume,
    delete, a suspended account); empty 500 and 429 with ``retry-after`` and ErrorInfo: `faults`, `service` (quota, tier, requests a minute).
7.  ``outputMetrics`` grows by a key with each chunk, with curves and without, or is a tombstone; the rollout data sets hold the very
    answers that it sums up: `chunks`, `outputs`.
8.  Pages: sizes are coerced, a token fits its own question only, filter and order, field masks; a system job stands in every list: `paging`,
    `filters`, `fieldmask`, `world`.
9.  What a create is refused for: `job_checks`, `job_fields.typed`.
10. Slow answers, resets, closed connections, 5xx, pages of proxies and cut bodies, before and after the commit: `faults`, `app`.

A skewed clock: `settings.Settings.clock_skew_s`. The whole state and the log of requests, secrets masked: ``GET /__double__/state`` and
``/__double__/log`` (`backdoor`). Not modelled: inference, deployments, evaluation jobs, other kinds of tuning, and updates of jobs beyond their name.
"""
