"""Composition only: settings, addresses, and how the site is served."""
