"""
Other people's logs become canonical events.

A local file in any of the usual formats and a mapping come in; canonical Parquet by day, a reject
file and a report go out. It knows no HTTP and no store: whoever calls it puts the Parquet where
it belongs.
"""
