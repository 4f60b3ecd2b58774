"""One runnable script per claimed number: ratios against a peer or a floor, measured in one run."""
