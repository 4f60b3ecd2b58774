"""What was done to each document: written with every write, read through the handle, undone from it."""
