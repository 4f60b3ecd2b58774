// What the probes of the suites bring along.
