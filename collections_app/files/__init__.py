"""What a file column holds: kept outside of the documents, which only name it."""
