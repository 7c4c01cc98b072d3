"""Feed mutated responses and videos to all parsers.

The seed is printed. To reproduce a failure, use `--seed … --only … --case …`.
"""

import argparse
import secrets
import sys

from tests.fuzz.runner import run, run_case
from tests.fuzz.targets import TARGETS


def main() -> int:
    """Run the chosen targets, and return 1 if a case failed."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000, help="number of cases per target")
    parser.add_argument("--seconds", type=float, default=900, help="longest time per target")
    parser.add_argument("--seed", type=int, default=None, help="seed of an earlier run")
    parser.add_argument(
        "--only", action="append", choices=[target.name for target in TARGETS], help="run only these targets"
    )
    parser.add_argument("--case", type=int, help="run only this case, and show its error")
    options = parser.parse_args()
    seed = secrets.randbelow(2**32) if options.seed is None else options.seed
    targets = [target for target in TARGETS if not options.only or target.name in options.only]
    print(f"seed {seed}", flush=True)
    if options.case is not None:
        for target in targets:
            run_case(target, seed, options.case)
        return 0
    failed = 0
    print(f"{'target':<12} {'cases':>8} {'seconds':>8} {'failed':>7}")
    for target in targets:
        result = run(target, seed=seed, cases=options.cases, seconds=options.seconds)
        failed += result.failed
        print(f"{result.target:<12} {result.cases:>8} {result.seconds:>8.1f} {result.failed:>7}", flush=True)
        for number, error in result.failures.items():
            print(f"  --seed {seed} --only {target.name} --case {number}: {type(error).__name__}: {str(error)[:200]}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
