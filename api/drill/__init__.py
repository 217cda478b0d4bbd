"""`rollbook drill`: attacks on a scratch deployment, by the real code and on real files, and what caught each."""
