"""Becomes another Python program that dies with its parent, even if the parent is killed.

usage: python exec_tied_to_parent.py ARGUMENTS…     as if: python ARGUMENTS…
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
        if os.getppid() != parent:  # gone before we were tied to it
            sys.exit(1)
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
