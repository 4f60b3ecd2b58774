"""Conversations under load: nothing that was acknowledged is lost, and how fast they are."""
