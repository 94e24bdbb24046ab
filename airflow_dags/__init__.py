"""When and where jobs run, never how: Airflow DAGs over the command line `recommender`."""
