{{/* The DAGs' files, as the items of a volume: a key of a ConfigMap has no folders in it. */}}
{{- define "recommender.dagFiles" -}}
{{- range $path, $_ := .Files.Glob "files/airflow_dags/**.py" }}
{{- $path = trimPrefix "files/airflow_dags/" $path }}
- {key: {{ replace "/" "--" $path }}, path: {{ $path }}}
{{- end }}
{{- end }}
