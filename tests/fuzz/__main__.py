"""`python -m tests.fuzz`: feed damaged answers to every reader, many times.

Prints the seed; with it, each failure can be had again: `--seed … --only … --case …`.
"""

import argparse
import secrets
import sys

from tests.fuzz.runner import run, run_case
from tests.fuzz.targets import TARGETS


def main() -> int:
    """Run all targets, or those named; 1 if anything failed."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000, help="for each target")
    parser.add_argument("--seconds", type=float, default=900, help="for each target, at most")
    parser.add_argument("--seed", type=int, default=None, help="of an earlier run")
    parser.add_argument("--only", action="append", choices=[one.name for one in TARGETS], help="these targets only")
    parser.add_argument("--case", type=int, help="this case only, with whatever it raises")
    wanted = parser.parse_args()
    seed = secrets.randbelow(2**32) if wanted.seed is None else wanted.seed
    targets = [one for one in TARGETS if not wanted.only or one.name in wanted.only]
    print(f"seed {seed}", flush=True)
    if wanted.case is not None:
        for target in targets:
            run_case(target, seed, wanted.case)
        return 0
    failed = 0
    print(f"{'target':<12} {'cases':>8} {'seconds':>8} {'failed':>7}")
    for target in targets:
        outcome = run(target, seed=seed, cases=wanted.cases, seconds=wanted.seconds)
        failed += outcome.failed
        print(f"{outcome.target:<12} {outcome.cases:>8} {outcome.seconds:>8.1f} {outcome.failed:>7}", flush=True)
        for number, error in outcome.failures.items():
            print(f"  --seed {seed} --only {target.name} --case {number}: {type(error).__name__}: {str(error)[:200]}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
