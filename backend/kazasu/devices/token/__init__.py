"""Device tokens: an assertion over the server's nonce against an opaque token."""
