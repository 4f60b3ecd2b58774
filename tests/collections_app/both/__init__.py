"""What holds of documents holds of a model's rows with the same columns: one suite, run on each."""
