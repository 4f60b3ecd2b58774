"""Columns that a scope changes while the site runs: which are in force, and how their values follow."""
