"""The Digital Credentials Query Language (OpenID4VP 1.0 §6, §7): what was asked, and whether an answer satisfies it.

Pure: nothing is verified here, and nothing fetched. That the answer is genuine is the verifier's part.
"""
