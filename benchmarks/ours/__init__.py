"""What the benchmarks declare and serve of this project: the counterpart of the peers."""
