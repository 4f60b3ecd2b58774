"""The reference of ``docs/reference/``, written from the code: ``make reference``.

``public`` says what is public, ``signatures`` and ``prose`` how a name is written, ``tables`` what comes from
elsewhere than docstrings (column types, operators, settings, commands, tags), ``pages`` which page has what.
"""
