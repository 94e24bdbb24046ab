{{/* What selects pods: never a version, never the chart, for selectors cannot change. */}}
{{- define "recommender.selector" -}}
app.kubernetes.io/name: recommender
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "recommender.labels" -}}
{{ include "recommender.selector" . }}
app.kubernetes.io/part-of: recommender-platform
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* `name`, `namespace` and labels of an object. */}}
{{- define "recommender.metadata" -}}
name: {{ .root.Release.Name }}-{{ .name | default .component }}
namespace: {{ .namespace | default .root.Release.Namespace }}
labels:
  {{- include "recommender.labels" . | nindent 2 }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "recommender.image" -}}
{{- $image := .image -}}
{{ $image.repository }}:{{ $image.tag | default .root.Chart.AppVersion }}{{ with $image.digest }}@{{ . }}{{ end }}
{{- end }}

{{- define "recommender.apiAccount" -}}
{{ .Values.api.serviceAccount.name | default (printf "%s-api" .Release.Name) }}
{{- end }}

{{- define "recommender.trainerAccount" -}}
{{ .Values.trainer.serviceAccount.name | default (printf "%s-trainer" .Release.Name) }}
{{- end }}

{{- define "recommender.claim" -}}
{{ .Values.store.volume.existingClaim | default (printf "%s-store" .Release.Name) }}
{{- end }}

{{- define "recommender.hasRedis" -}}
{{- if or .Values.redis.url .Values.redis.urlSecret.secretName .Values.redis.bundled.enabled }}true{{ end }}
{{- end }}
