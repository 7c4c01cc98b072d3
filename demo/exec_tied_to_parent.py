"""Run another Python program that is terminated with its parent, even if the parent is killed.

Usage: python exec_tied_to_parent.py ARGUMENTS…     runs: python ARGUMENTS…
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # the parent ended before the call
            sys.exit(1)
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
