"""Asking about patients before they are visited: the bulk inquiry and re-inquiry, as durable jobs."""
