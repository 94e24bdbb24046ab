{{/*
What the pods of the API's jobs begin from: training, import, export. The API adds the command line,
who it is for, and, of the class, its resources and a folder /tmp of its size.
*/}}
{{- define "recommender.jobPod" -}}
apiVersion: v1
kind: Pod
metadata:
  labels:
    {{- include "recommender.labels" (dict "root" . "component" "trainer") | nindent 4 }}
  {{- with .Values.trainer.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  restartPolicy: Never
  serviceAccountName: {{ include "recommender.trainerAccount" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- include "recommender.pullSecrets" . | nindent 2 }}
  securityContext:
    {{- include "recommender.podSecurity" . | nindent 4 }}
  containers:
    - name: recommender
      image: {{ include "recommender.image" (dict "root" . "image" .Values.image.trainer) }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      env:
        {{- include "recommender.storeEnvironment" . | nindent 8 }}
        {{- include "recommender.folders" "/tmp/cache" | nindent 8 }}
        {{- include "recommender.plainVariables" .Values.trainer.environment | nindent 8 }}
      {{- with .Values.trainer.environmentSecrets }}
      envFrom:
        {{- include "recommender.environmentSecrets" . | nindent 8 }}
      {{- end }}
      securityContext:
        {{- include "recommender.containerSecurity" . | nindent 8 }}
      {{- if .Values.store.volume.enabled }}
      volumeMounts:
        - {name: store, mountPath: /var/lib/recommender}
      {{- end }}
  {{- if .Values.store.volume.enabled }}
  volumes:
    - name: store
      persistentVolumeClaim: {claimName: {{ include "recommender.claim" . }}}
  {{- end }}
  {{- include "recommender.placing" .Values.trainer | nindent 2 }}
  {{- include "recommender.besideTheApi" . | nindent 2 }}
{{- end }}

{{/* What starting jobs takes, and following them: of their pods only what they say is read. */}}
{{- define "recommender.launcherRules" -}}
rules:
  - apiGroups: [batch]
    resources: [jobs]
    verbs: [create, get, patch]
  - apiGroups: [""]
    resources: [pods]
    verbs: [list]
  - apiGroups: [""]
    resources: [pods/log]
    verbs: [get]
{{- end }}

{{/* A CronJob's frame; its jobTemplate's pod follows. */}}
{{- define "recommender.cronJob" -}}
schedule: {{ .cron | quote }}
timeZone: {{ .root.Values.schedules.timeZone }}
concurrencyPolicy: Forbid
startingDeadlineSeconds: 600
successfulJobsHistoryLimit: 1
failedJobsHistoryLimit: 3
{{- end }}

{{/* A volume of one node: pods that need it go where the API is. */}}
{{- define "recommender.besideTheApi" -}}
{{- if and .Values.store.volume.enabled (eq .Values.store.volume.accessMode "ReadWriteOnce") }}
affinity:
  podAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            {{- include "recommender.selector" (dict "root" . "component" "api") | nindent 12 }}
{{- end }}
{{- end }}
