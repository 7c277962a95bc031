package waftest

import (
	"strconv"
	"strings"
)

// responseDefaults makes rules of phases 3 to 5 log. Coraza's own run of the
// regression tests adds it too; the Core Rule Set's setup file has it for phases 1 and 2 only.
const responseDefaults = `SecDefaultAction "phase:3,log,auditlog,pass"
SecDefaultAction "phase:4,log,auditlog,pass"
SecDefaultAction "phase:5,log,auditlog,pass"
`

// Directives is a usual set-up of the Core Rule Set: Coraza's recommended
// configuration, the Core Rule Set's own, one paranoia level for scoring and for
// blocking (1 to 4), and all rules. Unless blocking is asked for, rules only
// detect. More directives come before the rules, where settings belong. The @ names
// are files of the package coreruleset's FS.
func Directives(paranoia int, blocking bool, more ...string) string {
	engine, level := "DetectionOnly", strconv.Itoa(paranoia)
	if blocking {
		engine = "On"
	}
	return `Include @coraza.conf-recommended
SecRuleEngine ` + engine + `
SecAuditEngine Off
` + responseDefaults + `Include @crs-setup.conf.example
SecAction "id:900000,phase:1,pass,t:none,nolog,setvar:tx.blocking_paranoia_level=` + level +
		`,setvar:tx.detection_paranoia_level=` + level + `"
` + strings.Join(more, "") + `Include @owasp_crs/*.conf
`
}

// APIPolicy is a directive that allows the methods and content types of APIs. The
// Core Rule Set's defaults are those of web sites: they refuse PUT, PATCH and DELETE,
// and some of the types that [Benign] sends.
const APIPolicy = `SecAction "id:900200,phase:1,pass,t:none,nolog,\
  setvar:'tx.allowed_methods=GET HEAD POST OPTIONS PUT PATCH DELETE',\
  setvar:'tx.allowed_request_content_type=|application/x-www-form-urlencoded| |multipart/form-data| |text/xml| |application/xml| |application/soap+xml| |application/json| \
|text/plain| |application/x-ndjson| |application/json-patch+json| |application/merge-patch+json| |application/vnd.api+json| |application/grpc-web-text|'"
`

// RegressionDirectives is the set-up that the regression tests are written for:
// paranoia level 4, limits low enough to reach, detection only. Rule 900005
// is of the Core Rule Set's tests/regression/README.md.
func RegressionDirectives() string {
	return `Include @coraza.conf-recommended
SecAuditEngine Off
SecResponseBodyMimeType text/plain
` + responseDefaults + `SecAction "id:900005,phase:1,nolog,pass,\
  ctl:ruleEngine=DetectionOnly,\
  ctl:ruleRemoveById=910000,\
  setvar:tx.blocking_paranoia_level=4,\
  setvar:tx.crs_validate_utf8_encoding=1,\
  setvar:tx.arg_name_length=100,\
  setvar:tx.arg_length=400,\
  setvar:tx.total_arg_length=64000,\
  setvar:tx.max_num_args=255,\
  setvar:tx.max_file_size=64100,\
  setvar:tx.combined_file_sizes=65535"
Include @crs-setup.conf.example
Include @owasp_crs/*.conf
`
}
