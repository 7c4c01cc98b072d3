"""The self-check: what an account's clouds answer, without anything that identifies anybody.

`Carson.self_check()` runs it; `check` holds the steps, `beliefs` what we believe and the comparison with it.
"""
