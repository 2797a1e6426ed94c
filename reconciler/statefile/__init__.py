"""Moves the bytes of state safely: one store protocol, one local store; knows no entries."""
