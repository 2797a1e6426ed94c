"""Pure planning: configuration, state, observations and `now` in; a plan out, byte for byte."""
