"""Configuration: YAML files in, declared objects with their places out."""
