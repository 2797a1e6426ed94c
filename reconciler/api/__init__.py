"""The API client: the one place that sends, and the only one that knows httpx."""
