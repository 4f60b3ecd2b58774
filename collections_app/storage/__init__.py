"""Declaration -> one table per collection, kept in step by ``migrate``."""
