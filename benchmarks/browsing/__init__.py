"""A million documents browsed as a person does, in Chromium: see ``__main__.py``."""
