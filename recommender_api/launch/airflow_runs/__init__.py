"""Jobs as runs of a DAG of Airflow's."""
