{{- define "recommender.sparkMaster" -}}
k8s://https://kubernetes.default.svc:443
{{- end }}

{{/* Where the driver is its pod says, by POD_IP and POD_NAME. */}}
{{- define "recommender.sparkProperties" -}}
spark.kubernetes.namespace={{ .Release.Namespace }}
spark.kubernetes.container.image={{ .Values.spark.image }}
spark.kubernetes.executor.podTemplateFile=/etc/recommender/spark/executor.yaml
spark.driver.memory={{ .Values.spark.driverMemory }}
spark.executor.instances={{ .Values.spark.executors }}
spark.executor.cores={{ .Values.spark.executorCores }}
spark.executor.memory={{ .Values.spark.executorMemory }}
spark.executor.memoryOverhead={{ .Values.spark.executorMemoryOverhead }}
{{- range $name, $value := .Values.spark.properties }}
{{ $name }}={{ $value }}
{{- end }}
{{- end }}

{{/* The driver is the job that trains. */}}
{{- define "recommender.sparkDriver" -}}
{{- $selector := dict "root" . "component" "spark" -}}
metadata:
  labels:
    {{- include "recommender.labels" $selector | nindent 4 }}
spec:
  restartPolicy: Never
  serviceAccountName: {{ .Release.Name }}-spark
  automountServiceAccountToken: true
  enableServiceLinks: false
  {{- include "recommender.pullSecrets" . | nindent 2 }}
  securityContext:
    {{- include "recommender.podSecurity" . | nindent 4 }}
  containers:
    - name: recommender
      image: {{ .Values.spark.image }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      command: [recommender, train, --tenant, TENANT, --engine, spark]
      env:
        - {name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
        - {name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        - name: RECOMMENDER_SPARK_MASTER
          value: {{ include "recommender.sparkMaster" . }}
        - name: RECOMMENDER_SPARK_CONF
          value: |
            {{- include "recommender.sparkProperties" . | nindent 12 }}
        {{- include "recommender.storeEnvironment" . | nindent 8 }}
        {{- include "recommender.folders" "/tmp/cache" | nindent 8 }}
        {{- include "recommender.plainVariables" .Values.trainer.environment | nindent 8 }}
      {{- with .Values.trainer.environmentSecrets }}
      envFrom:
        {{- include "recommender.environmentSecrets" . | nindent 8 }}
      {{- end }}
      resources:
        {{- include "recommender.classResources" .Values.trainer.classes.spark | nindent 8 }}
      securityContext:
        {{- include "recommender.containerSecurity" . | nindent 8 }}
      volumeMounts:
        {{- include "recommender.scratchMounts" . | nindent 8 }}
        - {name: spark, mountPath: /etc/recommender/spark, readOnly: true}
  volumes:
    {{- include "recommender.scratchVolumes" (dict "root" . "scratch" .Values.trainer.classes.spark.disk) | nindent 4 }}
    - name: spark
      configMap: {name: {{ .Release.Name }}-spark}
  {{- include "recommender.placing" .Values.trainer | nindent 2 }}
{{- end }}

{{/* Spark fills in name, image, resources and command. */}}
{{- define "recommender.sparkExecutor" -}}
apiVersion: v1
kind: Pod
metadata:
  labels:
    {{- include "recommender.labels" (dict "root" . "component" "spark") | nindent 4 }}
spec:
  serviceAccountName: {{ include "recommender.trainerAccount" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- include "recommender.pullSecrets" . | nindent 2 }}
  securityContext:
    {{- include "recommender.podSecurity" . | nindent 4 }}
  containers:
    - name: executor
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
      volumeMounts:
        {{- include "recommender.scratchMounts" . | nindent 8 }}
  volumes:
    {{- include "recommender.scratchVolumes" (dict "root" . "scratch" .Values.trainer.classes.spark.disk) | nindent 4 }}
  {{- include "recommender.placing" .Values.trainer | nindent 2 }}
{{- end }}
