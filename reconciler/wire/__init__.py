"""Turns payloads of any API version into one normal form; switching version changes no plan."""
