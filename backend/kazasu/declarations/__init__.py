"""Declarations (被保険者資格申立書): what they say, the form on paper, their use for a claim, and their destruction.

Used for claims and for nothing else: what a declaration says is opened for the view, never copied into another table,
the feed, a batch or a log. A test names the only rooms that may import from here.
"""
