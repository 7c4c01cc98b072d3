"""A seeded mutation fuzzer for all code that parses responses, video and identifiers."""
