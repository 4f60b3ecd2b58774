"""What a developer would write by hand: the peer that the benchmarks compare with."""
