"""What takes too long for the test suite: `scripts/soak` runs it and prints a table.

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

from tests.reliability.doors import many_sequences

ROOT = Path(__file__).parents[2]
LONGEST_SECONDS = 45 * 60


def main() -> int:
    """Run what is asked for; 0 if all rules held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--sequences", type=int, default=20_000)
    parser.add_argument("--hours", type=int, default=168, help="of simulated life; at least 12")
    parser.add_argument("--doors-only", action="store_true")
    given = parser.parse_args()
    rows, holds = _doors(given.seed, given.sequences)
    if not given.doors_only:
        more, flat = _life(given.seed, max(12, given.hours))
        rows += more
        holds = holds and flat
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        sys.stdout.write(f"{name:<{width}}  {value}\n")
    sys.stdout.write("All rules held.\n" if holds else "A RULE DID NOT HOLD.\n")
    return 0 if holds else 1


def _doors(seed: int, number: int) -> tuple[list[tuple[str, str]], bool]:
    began = time.monotonic()
    tally = asyncio.run(many_sequences(seed, number))
    rows = [
        ("Door requests under random faults", f"{tally.sequences} (seed {seed}, {time.monotonic() - began:.0f} s)"),
        ("  doors opened in all", f"{tally.opened}"),
        ("  opened more than once, or any other broken rule", f"{len(tally.wrong)}"),
        ("  told to be unclear", f"{tally.outcomes['OutcomeUnclearError']}, opened: {tally.unclear_and_opened}"),
        ("  with a renewal of the token", f"{tally.renewals}"),
    ]
    rows += [(f"  outcome {name}", f"{n}") for name, n in tally.outcomes.most_common()]
    rows += [("  BROKEN", story) for story in tally.wrong[:20]]
    return rows, not tally.wrong


def _life(seed: int, hours: int) -> tuple[list[tuple[str, str]], bool]:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "life.json")
        variables = {
            "CARSON_SOAK_HOURS": f"{hours}",
            "CARSON_SOAK_SEED": f"{seed}",
            "CARSON_SOAK_REPORT": f"{report}",
        }
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/reliability/test_life.py"]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
        if not report.exists():
            sys.stdout.write(done.stdout[-4000:])
            return [("Simulated life", "broke off")], False
        life: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    objects, mib = life["objects"], life["mib"]
    rows = [
        ("Simulated life", f"{hours} h (seed {seed}, {time.monotonic() - began:.0f} s)"),
        ("  polls of the cameras", f"{life['polls']}"),
        ("  requests to both clouds", f"{life['requests']}, at most {life['most_per_minute']} in a minute"),
        ("  outages of 20 minutes", f"{life['outages']}"),
        ("  keys or tokens revoked", f"{life['expiries']}, besides a session key's end every 8 h"),
        ("  changes of the building", f"{life['changes']}"),
        ("  restarts of the integration", f"{life['restarts']}"),
        ("  doors opened (answer lost)", f"{life['openings']} ({life['unclear']}), none twice"),
        ("  objects of the integration (2nd measure, last)", f"{objects[1]}, {objects[-1]}"),
        ("  MiB of the whole process (2nd measure, last)", f"{mib[1]:.0f}, {mib[-1]:.0f}"),
        ("  threads (first, most)", f"{life['threads'][0]}, {max(life['threads'])}"),
        ("  the test says", "passed" if done.returncode == 0 else "FAILED"),
    ]
    return rows, done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
