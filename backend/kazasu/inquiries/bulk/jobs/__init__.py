"""The requests to the bulk interface: formed, claimed, sent, fetched, ended."""
