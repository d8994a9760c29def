"""The durable job that asks the national system, and its worker."""
