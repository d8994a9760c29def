"""Consents to home visits that patients registered on the government's own page: fetched, matched to waiting checks."""
