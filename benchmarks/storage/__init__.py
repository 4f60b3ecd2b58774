"""The store beside a hand-written Django model: ``python -m benchmarks.storage --help``."""
