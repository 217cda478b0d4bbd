"""The append-only log: store, sequencer, tiles, checkpoint publication."""
