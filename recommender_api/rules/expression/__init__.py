"""
The filter language: a SQL-style condition over item attributes, and its mask over columns.

Text → tokens → syntax → checked → mask; `compile` is the door. Logic is two-valued: a missing
value never matches, and under NOT it does.
"""
