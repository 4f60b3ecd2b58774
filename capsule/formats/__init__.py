"""Numbers, money and dates as people read them: one grammar of ``format`` for columns, metrics and charts.

A writer is made once, for the active language, and then called for many values. ``docs/columns.md`` has the
grammar as a table.
"""
