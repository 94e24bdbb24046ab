{{/* What every pod of ours may not do. */}}
{{- define "recommender.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "recommender.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* What may be written: everything else of the root file system is read-only. */}}
{{- define "recommender.scratchMounts" -}}
- name: scratch
  mountPath: /tmp
{{- if .Values.store.volume.enabled }}
- name: store
  mountPath: /var/lib/recommender
{{- end }}
{{- end }}

{{- define "recommender.scratchVolumes" -}}
- name: scratch
  emptyDir:
    sizeLimit: {{ .scratch }}
{{- if .root.Values.store.volume.enabled }}
- name: store
  persistentVolumeClaim:
    claimName: {{ include "recommender.claim" .root }}
{{- end }}
{{- end }}

{{- define "recommender.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{/* Where pods may run. */}}
{{- define "recommender.placing" -}}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{/* Of a class of jobs: {cpu, memory}. Memory is never more than what was asked for. */}}
{{- define "recommender.classResources" -}}
requests: {cpu: {{ .cpu | quote }}, memory: {{ .memory }}}
limits: {memory: {{ .memory }}}
{{- end }}
