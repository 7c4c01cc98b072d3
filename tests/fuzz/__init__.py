"""A seeded mutation fuzzer over everything that reads foreign bytes, and property tests of the same."""
