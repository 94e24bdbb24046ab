"""The same dataset and recipes on Spark, for a tenant that outgrows one machine."""
