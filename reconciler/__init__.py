"""Keeps Pinecone backups, restores and imports as reviewed YAML: declared, planned, applied."""

__version__ = "0.1.0"
