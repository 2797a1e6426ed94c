"""How objects look in each version of the API: pure functions from an object to a payload."""
