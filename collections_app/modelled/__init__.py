"""A Django model that exists already, as a collection: its own table, its own rules, and our scope."""
