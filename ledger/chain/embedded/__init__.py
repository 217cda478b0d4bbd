"""The embedded node: py-evm's London machine under Clique (EIP-225) with one sealer, kept in one folder.

Whoever runs it is trusted for time, history and keys; trust roots call that ``single-sealer``.
"""
