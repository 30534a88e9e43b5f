"""A second verifier of Folkmoot's records, logs and bundles, written from docs/protocol.md alone."""
