"""Galleries: photos into titled albums. For now, the way in: presigned uploads."""
