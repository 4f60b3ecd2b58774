"""The peer of the serving benchmarks: what ``startproject`` makes, with what our pages need functionally."""
