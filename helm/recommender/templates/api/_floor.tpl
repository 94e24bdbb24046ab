{{/* A job that sets the autoscaler's floor, in the API's image: it brings Python. */}}
{{- define "recommender.floorJob" -}}
{{- $selector := dict "root" .root "component" "floor" -}}
backoffLimit: 4
activeDeadlineSeconds: 300
ttlSecondsAfterFinished: 3600
template:
  metadata:
    labels:
      {{- include "recommender.labels" $selector | nindent 6 }}
  spec:
    restartPolicy: Never
    serviceAccountName: {{ .root.Release.Name }}-floor
    automountServiceAccountToken: true
    enableServiceLinks: false
    {{- include "recommender.pullSecrets" .root | nindent 4 }}
    securityContext:
      {{- include "recommender.podSecurity" .root | nindent 6 }}
    containers:
      - name: floor
        image: {{ include "recommender.image" (dict "root" .root "image" .root.Values.image.api) }}
        imagePullPolicy: {{ .root.Values.image.pullPolicy }}
        command: [python, /etc/recommender/floor/floor.py, {{ .root.Release.Name }}-api]
        args: {{ toJson .arguments }}
        resources:
          requests: {cpu: 50m, memory: 64Mi}
          limits: {memory: 128Mi}
        securityContext:
          {{- include "recommender.containerSecurity" .root | nindent 10 }}
        volumeMounts:
          - {name: floor, mountPath: /etc/recommender/floor, readOnly: true}
    volumes:
      - name: floor
        configMap: {name: {{ .root.Release.Name }}-floor}
{{- end }}
