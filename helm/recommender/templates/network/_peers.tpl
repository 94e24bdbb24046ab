{{/* A policy of one component; the rest of the rules follows. */}}
{{- define "recommender.policyOf" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "recommender.metadata" . | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "recommender.selector" . | nindent 6 }}
{{- end }}

{{/* Egress to addresses: {cidrs, ports}. */}}
{{- define "recommender.to" -}}
- to:
    {{- range .cidrs }}
    - ipBlock: {cidr: {{ . }}}
    {{- end }}
  ports:
    {{- range .ports }}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
{{- end }}

{{/* Names are looked up. */}}
{{- define "recommender.toDns" -}}
- to:
    - namespaceSelector: {}
  ports:
    - {protocol: UDP, port: 53}
    - {protocol: TCP, port: 53}
{{- end }}
