"""The support desk: a demo that reads as a tutorial."""
