"""The API operations, one module per collection of objects."""
