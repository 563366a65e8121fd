{{/* Refuses what the schema cannot: a value of a name that does not exist, with the nearest one, and what no agent could start with. */}}

{{- define "podferry.check" -}}
{{- include "podferry.checkNames" (dict "values" .Values "prefix" "") -}}
{{- $config := include "podferry.config" . | fromYaml -}}
{{- if and (eq ($config.sink | default "elasticsearch") "elasticsearch") (not (dig "elasticsearch" "nodes" (list) $config)) (not (dig "elasticsearch" "cloud_id" "" $config)) -}}
{{- fail "nodes is empty: say where Elasticsearch is, --set 'nodes={https://elasticsearch.example:9200}', or another config.sink" -}}
{{- end -}}
{{- if and (not .Values.serviceAccount.create) (not .Values.serviceAccount.name) -}}
{{- fail "serviceAccount.name is empty: name the account that exists, or let the chart make one with serviceAccount.create" -}}
{{- end -}}
{{- if ne (dig "rollingUpdate" "maxSurge" 0 .Values.updateStrategy | toString) "0" -}}
{{- fail "updateStrategy.rollingUpdate.maxSurge must be 0: two agents on a node would share one state directory" -}}
{{- end -}}
{{- end -}}

{{/* Every name of values.yaml. What is below a name that ends with `.*` is the user's. */}}
{{- define "podferry.names" -}}
nodes existingSecret config.* image.repository image.tag image.digest image.pullPolicy imagePullSecrets fullnameOverride
extraEnv extraVolumes extraVolumeMounts resources.* tolerations nodeSelector.* affinity.* priorityClassName updateStrategy.*
minReadySeconds terminationGracePeriodSeconds podAnnotations.* podLabels.*
hostPaths.podLogs hostPaths.containerLinks hostPaths.state hostPaths.docker hostPaths.linked
serviceAccount.create serviceAccount.name serviceAccount.annotations.* rbac.create namespaceLabels
networkPolicy.enabled networkPolicy.prometheusNamespace
podMonitor.enabled podMonitor.interval podMonitor.labels.* serviceMonitor.enabled serviceMonitor.interval serviceMonitor.labels.*
prometheusRule.enabled prometheusRule.labels.* dashboard.enabled dashboard.labels.* dashboard.annotations.*
openshift.enabled criticalPodsQuota.enabled global.*
{{- end -}}

{{- define "podferry.checkNames" -}}
{{- $names := regexSplit "\\s+" (include "podferry.names" .) -1 -}}
{{- $prefix := .prefix -}}
{{- range $key, $value := .values -}}
{{- $path := printf "%s%s" $prefix $key -}}
{{- if not (or (has $path $names) (has (printf "%s.*" $path) $names)) -}}
{{- $isGroup := false -}}
{{- range $names }}{{ if hasPrefix (printf "%s." $path) . }}{{ $isGroup = true }}{{ end }}{{ end -}}
{{- if not $isGroup -}}
{{- fail (printf "there is no value %s%s README.md of the chart lists them." $path (include "podferry.nearest" (dict "path" $path "names" $names))) -}}
{{- else if kindIs "map" $value -}}
{{- include "podferry.checkNames" (dict "values" $value "prefix" (printf "%s." $path)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* `: did you mean <name>?`, or a full stop where no name is near. Groups are names too. */}}
{{- define "podferry.nearest" -}}
{{- $path := .path -}}
{{- $best := "" -}}
{{- $least := add (div (len $path) 3) 2 -}}
{{- $candidates := list -}}
{{- range .names -}}
{{- $name := trimSuffix ".*" . -}}
{{- $candidates = append $candidates $name -}}
{{- if contains "." $name }}{{ $candidates = append $candidates (first (splitList "." $name)) }}{{ end -}}
{{- end -}}
{{- range (uniq $candidates) -}}
{{- $far := include "podferry.distance" (list (lower $path) (lower .)) | int -}}
{{- if lt $far (int $least) }}{{ $best = . }}{{ $least = $far }}{{ end -}}
{{- end -}}
{{- if $best }}: did you mean {{ $best }}?{{ else }}.{{ end -}}
{{- end -}}

{{/* The number of letters to change, add or take away (Levenshtein), row by row. */}}
{{- define "podferry.distance" -}}
{{- $a := index . 0 -}}
{{- $b := index . 1 -}}
{{- $row := untilStep 0 (int (add1 (len $b))) 1 -}}
{{- range $i := until (len $a) -}}
{{- $next := list (add1 $i) -}}
{{- range $j := until (len $b) -}}
{{- $change := ternary 0 1 (eq (substr $i (int (add1 $i)) $a) (substr $j (int (add1 $j)) $b)) -}}
{{- $next = append $next (min (add1 (index $row (add1 $j))) (add1 (index $next $j)) (add (index $row $j) $change)) -}}
{{- end -}}
{{- $row = $next -}}
{{- end -}}
{{- last $row -}}
{{- end -}}
