"""What a test or a person may ask of the double itself, under a path that the real service does not have. No key is needed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .double import Double

PREFIX = "/__double__/"


def answer(double: Double, method: str, path: str, body: bytes) -> tuple[int, Any]:
    """Status and JSON.

    ``GET state``, ``GET log``; ``POST advance {"seconds"}``, which tells the time, ``POST use {"scenario", "seed", settings…}``, ``POST adjust {settings…}``,
    ``POST fault {"operation", "kind", "times", "after", "status", "seconds", "retry_after"}``, ``POST next-jobs {"scripts": […]}``,
    ``POST add-jobs {"count", "script"}``.
    """
    try:
        given = json.loads(body or b"{}")
        match method, path.removeprefix(PREFIX):
            case "GET", "state":
                return 200, double.state()
            case "GET", "log":
                return 200, double.log()
            case "POST", "advance":
                double.advance(float(given["seconds"]))
                return 200, {"seconds": double.seconds}
            case "POST", "use":
                double.use(given.pop("scenario"), **given)
            case "POST", "adjust":
                double.adjust(**given)
            case "POST", "fault":
                double.fault(given.pop("operation"), given.pop("kind"), **given)
            case "POST", "next-jobs":
                double.next_jobs(*given["scripts"])
            case "POST", "add-jobs":
                return 200, {"jobs": double.add_jobs(**given)}
            case _:
                return 404, {"error": f"no {method} {path}"}
    except (KeyError, TypeError, ValueError) as problem:
        return 400, {"error": f"{type(problem).__name__}: {problem}"}
    return 200, {}
