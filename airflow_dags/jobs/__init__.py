"""One command line as a task of Airflow's: in a pod, or as a process of the worker's machine."""
