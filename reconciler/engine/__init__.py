"""Carries plans out: observes, settles, runs steps, and records every one of them."""
