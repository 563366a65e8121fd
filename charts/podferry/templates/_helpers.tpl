{{/* What several templates need: names, labels, and the settings as the agent gets them. */}}

{{- define "podferry.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "podferry.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (include "podferry.fullname" .) -}}
{{- end -}}

{{/* Selectors cannot be changed later, so they hold nothing that a version changes. */}}
{{- define "podferry.selectorLabels" -}}
app.kubernetes.io/name: podferry
app.kubernetes.io/component: log-agent
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "podferry.labels" -}}
{{ include "podferry.selectorLabels" . }}
app.kubernetes.io/part-of: podferry
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "podferry.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* podferry.yaml: `config`, and what follows from other values where `config` does not say it itself. */}}
{{- define "podferry.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- if .Values.nodes -}}
{{- $_ := set $config "elasticsearch" (mergeOverwrite ($config.elasticsearch | default dict) (dict "nodes" .Values.nodes)) -}}
{{- end -}}
{{- $logs := $config.logs | default dict -}}
{{- if ne .Values.hostPaths.podLogs "/var/log/pods" -}}
{{- $logs = merge $logs (dict "pods_dir" .Values.hostPaths.podLogs) -}}
{{- end -}}
{{- if ne .Values.hostPaths.containerLinks "/var/log/containers" -}}
{{- $logs = merge $logs (dict "containers_dir" .Values.hostPaths.containerLinks) -}}
{{- end -}}
{{- if .Values.hostPaths.linked -}}
{{- $roots := concat (list "/var/lib/docker/containers") .Values.hostPaths.linked | uniq -}}
{{- $logs = merge $logs (dict "allowed_roots" $roots) -}}
{{- end -}}
{{- if $logs }}{{ $_ := set $config "logs" $logs }}{{ end -}}
{{- if ne .Values.hostPaths.state "/var/lib/podferry" -}}
{{- $_ := set $config "state" (merge ($config.state | default dict) (dict "dir" .Values.hostPaths.state)) -}}
{{- end -}}
{{- if .Values.namespaceLabels -}}
{{- $_ := set $config "kubernetes" (merge ($config.kubernetes | default dict) (dict "namespace_labels" true)) -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* Directories of the node besides those of every kubelet: `<name of the volume>: <path>`. */}}
{{- define "podferry.linked" -}}
{{- if .Values.hostPaths.docker }}
docker-logs: /var/lib/docker/containers
{{- end }}
{{- range $i, $path := .Values.hostPaths.linked }}
linked-{{ $i }}: {{ $path | quote }}
{{- end }}
{{- end -}}
