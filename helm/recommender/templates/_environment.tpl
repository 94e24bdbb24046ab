{{/* The store, for everyone who opens it. */}}
{{- define "recommender.storeEnvironment" -}}
{{- $store := .Values.store -}}
- name: RECOMMENDER_STORE_URL
  value: {{ $store.volume.enabled | ternary "file:///var/lib/recommender" $store.url | quote }}
- name: RECOMMENDER_RESTORE_DAYS
  value: {{ $store.restoreDays | quote }}
- name: RECOMMENDER_LOG_FORMAT
  value: {{ .Values.logFormat }}
{{- if .Values.secretKey.secretName }}
{{ include "recommender.secretVariable" (dict "name" "RECOMMENDER_SECRET_KEY" "secret" .Values.secretKey.secretName "key" .Values.secretKey.key) }}
{{- end }}
{{- with $store.s3.endpoint }}
- name: RECOMMENDER_S3_ENDPOINT
  value: {{ . | quote }}
{{- end }}
{{- with $store.s3.region }}
- name: AWS_REGION
  value: {{ . | quote }}
{{- end }}
{{- with $store.s3.credentials }}
{{- if .secretName }}
{{ include "recommender.secretVariable" (dict "name" "AWS_ACCESS_KEY_ID" "secret" .secretName "key" .accessKeyIdKey) }}
{{ include "recommender.secretVariable" (dict "name" "AWS_SECRET_ACCESS_KEY" "secret" .secretName "key" .secretAccessKeyKey) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "recommender.apiEnvironment" -}}
{{ include "recommender.storeEnvironment" . }}
{{ include "recommender.folders" "/var/cache/recommender/models" }}
- name: RECOMMENDER_CACHE_BYTES
  value: {{ printf "%d" (mul (int64 .Values.cache.gibibytes) 1073741824) | quote }}
- name: RECOMMENDER_ANNOUNCE_S
  value: {{ .Values.api.ending.announceS | quote }}
- name: RECOMMENDER_SHELF_BYTES
  value: {{ printf "%d" (mul (int64 .Values.api.shelfMebibytes) 1048576) | quote }}
{{- if .Values.adminToken.secretName }}
{{ include "recommender.secretVariable" (dict "name" "RECOMMENDER_ADMIN_TOKEN" "secret" .Values.adminToken.secretName "key" .Values.adminToken.key) }}
{{- end }}
{{- if include "recommender.hasRedis" . }}
{{- if .Values.redis.urlSecret.secretName }}
{{ include "recommender.secretVariable" (dict "name" "RECOMMENDER_REDIS_URL" "secret" .Values.redis.urlSecret.secretName "key" .Values.redis.urlSecret.key) }}
{{- else }}
- name: RECOMMENDER_REDIS_URL
  value: {{ .Values.redis.url | default (printf "redis://%s-redis:6379/0" .Release.Name) | quote }}
{{- end }}
- name: RECOMMENDER_HISTORY_BUDGET_MS
  value: {{ .Values.redis.budgetMs | quote }}
- name: RECOMMENDER_HISTORY_DAYS
  value: {{ .Values.redis.days | quote }}
{{- end }}
{{- if .Values.prices }}
- name: RECOMMENDER_PRICES
  value: /etc/recommender/prices/prices.yaml
{{- end }}
{{ include "recommender.launcherEnvironment" . }}
{{- include "recommender.plainVariables" .Values.api.environment }}
{{- end }}

{{- define "recommender.secretVariable" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret }}
      key: {{ .key }}
{{- end }}

{{- define "recommender.plainVariables" -}}
{{- range $name, $value := . }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{- define "recommender.environmentSecrets" -}}
{{- range . }}
- secretRef:
    name: {{ . }}
{{- end }}
{{- end }}

{{/* How the API starts jobs. */}}
{{- define "recommender.launcherEnvironment" -}}
- name: RECOMMENDER_LAUNCHER
  value: {{ .Values.launcher.kind }}
{{- if eq .Values.launcher.kind "kubernetes" }}
- name: RECOMMENDER_KUBERNETES_NAMESPACE
  value: {{ .Release.Namespace }}
- name: RECOMMENDER_KUBERNETES_IMAGE
  value: {{ include "recommender.image" (dict "root" . "image" .Values.image.trainer) }}
- name: RECOMMENDER_KUBERNETES_SERVICE_ACCOUNT
  value: {{ include "recommender.trainerAccount" . }}
- name: RECOMMENDER_KUBERNETES_POD_TEMPLATE
  value: /etc/recommender/job-pod/pod.yaml
- name: RECOMMENDER_KUBERNETES_RESOURCES
  value: {{ toJson .Values.trainer.classes | quote }}
- name: RECOMMENDER_KUBERNETES_START_LIMIT_S
  value: {{ printf "%d" (int64 .Values.launcher.startLimitS) | quote }}
- name: RECOMMENDER_KUBERNETES_LIMIT_S
  value: {{ printf "%d" (int64 .Values.launcher.limitS) | quote }}
- name: RECOMMENDER_KUBERNETES_KEEP_S
  value: {{ printf "%d" (int64 .Values.launcher.keepS) | quote }}
{{- end }}
{{- if eq .Values.launcher.kind "airflow" }}
- name: RECOMMENDER_AIRFLOW_URL
  value: {{ .Values.airflow.url | quote }}
{{- with .Values.airflow.credentials }}
{{- if .tokenKey }}
{{ include "recommender.secretVariable" (dict "name" "RECOMMENDER_AIRFLOW_TOKEN" "secret" .secretName "key" .tokenKey) }}
{{- else }}
{{ include "recommender.secretVariable" (dict "name" "RECOMMENDER_AIRFLOW_USER" "secret" .secretName "key" .usernameKey) }}
{{ include "recommender.secretVariable" (dict "name" "RECOMMENDER_AIRFLOW_PASSWORD" "secret" .secretName "key" .passwordKey) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Where may be written, beside the store: given the cache's. */}}
{{- define "recommender.folders" -}}
- name: RECOMMENDER_CACHE_DIR
  value: {{ . }}
- name: TMPDIR
  value: /tmp
- name: HOME
  value: /tmp
{{- end }}
