"""`python -m tests.services.fireworks`: the double by itself, for a person or another program."""

from __future__ import annotations

import argparse

from .double import Double, server
from .scenarios import SCENARIOS


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.services.fireworks", description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help="0 takes a free one")
    parser.add_argument("--scenario", default="happy", choices=SCENARIOS, metavar="NAME")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--speed", type=float, default=10.0, help="seconds that pass in one real second")
    parser.add_argument("--list", action="store_true", help="say which scenarios there are")
    asked = parser.parse_args()
    if asked.list:
        print("\n".join(f"{name:28}{scenario.about}" for name, scenario in SCENARIOS.items()))
        return
    double = Double(asked.scenario, asked.seed, wall_speed=asked.speed, poll_step_s=0.0)
    running, listening = server(double, asked.port)
    for name, value in double.environment.items():
        print(f"export {name}={value}", flush=True)
    running.run([listening])


if __name__ == "__main__":
    main()
