"""Tests that take too long for the suite: `scripts/soak` runs them and prints a table.

scripts/soak [--seed N] [--sequences N] [--hours N] [--doors-only]
"""

import argparse
import asyncio
import json
import os
from pathlib import Path
import subprocess
import sys
import tempfile
import time
from typing import Any

from tests.reliability.door_sequences import run_sequences

ROOT = Path(__file__).parents[2]
TIMEOUT = 45 * 60


def main() -> int:
    """Run the tests; return 0 if all rules held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--sequences", type=int, default=20_000)
    parser.add_argument("--hours", type=int, default=168, help="simulated hours, at least 12")
    parser.add_argument("--doors-only", action="store_true")
    arguments = parser.parse_args()
    rows, holds = _doors(arguments.seed, arguments.sequences)
    if not arguments.doors_only:
        more, week_holds = _week(arguments.seed, max(12, arguments.hours))
        rows += more
        holds = holds and week_holds
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        sys.stdout.write(f"{name:<{width}}  {value}\n")
    sys.stdout.write("All rules held.\n" if holds else "A RULE DID NOT HOLD.\n")
    return 0 if holds else 1


def _doors(seed: int, number: int) -> tuple[list[tuple[str, str]], bool]:
    started = time.monotonic()
    results = asyncio.run(run_sequences(seed, number))
    rows = [
        ("Door requests under random faults", f"{results.sequences} (seed {seed}, {time.monotonic() - started:.0f} s)"),
        ("  doors opened in total", f"{results.opened}"),
        ("  opened more than once, or another rule broken", f"{len(results.violations)}"),
        ("  reported as unclear", f"{results.outcomes['OutcomeUnclearError']}, opened: {results.unclear_and_opened}"),
        ("  with a renewed token", f"{results.renewals}"),
    ]
    rows += [(f"  outcome {name}", f"{n}") for name, n in results.outcomes.most_common()]
    rows += [("  BROKEN", violation) for violation in results.violations[:20]]
    return rows, not results.violations


def _week(seed: int, hours: int) -> tuple[list[tuple[str, str]], bool]:
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        variables = {
            "CARSON_SOAK_HOURS": f"{hours}",
            "CARSON_SOAK_SEED": f"{seed}",
            "CARSON_SOAK_REPORT": f"{report}",
        }
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-o",
            "faulthandler_timeout=0",
            "tests/reliability/test_simulated_week.py",
        ]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        if not report.exists():
            sys.stdout.write(done.stdout[-4000:])
            return [("Simulated week", "failed")], False
        week: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    objects, mib = week["objects"], week["mib"]
    rows = [
        ("Simulated week", f"{hours} h (seed {seed}, {time.monotonic() - started:.0f} s)"),
        ("  polls of the cameras", f"{week['polls']}"),
        ("  requests to both clouds", f"{week['requests']}, at most {week['most_per_minute']} in a minute"),
        ("  outages of 20 minutes", f"{week['outages']}"),
        ("  keys or tokens revoked", f"{week['revocations']}, besides session keys that expire every 8 h"),
        ("  single false responses", f"{week['false_responses']}"),
        ("  changes of the building", f"{week['changes']}"),
        ("  restarts of the integration", f"{week['restarts']}"),
        ("  doors opened (response lost)", f"{week['openings']} ({week['unclear']}), none twice"),
        ("  objects of the integration (2nd measurement, last)", f"{objects[1]}, {objects[-1]}"),
        ("  MiB of the whole process (2nd measurement, last)", f"{mib[1]:.0f}, {mib[-1]:.0f}"),
        ("  threads (first, maximum)", f"{week['threads'][0]}, {max(week['threads'])}"),
        ("  test", "passed" if done.returncode == 0 else "FAILED"),
    ]
    return rows, done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
