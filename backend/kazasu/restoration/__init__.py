"""A restored server: closed until its logs are refilled, or somebody says what is missing."""
