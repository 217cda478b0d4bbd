"""The chain: the embedded node, JSON-RPC clients, and the anchoring of checkpoints."""
