//! nova-token-check.
