package seclang

import "strings"

// form is what the arguments of a directive look like.
type form uint8

const (
	formText          form = iota // the rest of the line, which may be in quotes
	formAny                       // anything or nothing
	formNone                      // nothing
	formWords                     // one of the words in detail
	formBytes                     // a number of bytes up to maxBody
	formNumber                    // a number from 1
	formLevel                     // a debug log level
	formMode                      // an octal file mode
	formParts                     // letters of audit log parts
	formList                      // texts that blanks part
	formDataset                   // a name and a block in backticks
	formRule                      // targets, operator, actions
	formActions                   // actions
	formDefault                   // actions that rules inherit
	formIDs                       // ids and ranges
	formTargetsByID               // ids and ranges, then targets
	formActionsByID               // ids and ranges, then actions
	formTargetsByTag              // a tag, then targets
	formInclude                   // a pattern of file names
	formRefused                   // nothing: detail says why
	formRefusedValues             // the words in detail; others are refused
)

// known is a directive that exists.
type known struct {
	name    string
	form    form
	ignored bool
	detail  string
	// why values other than detail are refused
	why string
}

// directives are those of Coraza 3.8 and the ones of ModSecurity 3 that deserve
// an explanation.
var directives = [...]known{
	{name: "Include", form: formInclude},
	{name: "SecAction", form: formActions},
	{name: "SecArgumentSeparator", form: formRefusedValues, ignored: true, detail: "&", why: "arguments are parted by & only"},
	{name: "SecArgumentsLimit", form: formNumber},
	{name: "SecAuditEngine", form: formWords, ignored: true, detail: "On Off RelevantOnly"},
	{name: "SecAuditLog", form: formText, ignored: true},
	{name: "SecAuditLogDirMode", form: formMode, ignored: true},
	{name: "SecAuditLogFileMode", form: formMode, ignored: true},
	{name: "SecAuditLogFormat", form: formWords, ignored: true, detail: "JSON JsonLegacy Native OCSF"},
	{name: "SecAuditLogParts", form: formParts, ignored: true},
	{name: "SecAuditLogRelevantStatus", form: formText, ignored: true},
	{name: "SecAuditLogStorageDir", form: formText, ignored: true},
	{name: "SecAuditLogType", form: formWords, ignored: true, detail: "Serial Concurrent HTTPS Syslog"},
	{name: "SecCollectionTimeout", form: formAny, ignored: true},
	{name: "SecComponentSignature", form: formText, ignored: true},
	{name: "SecConnEngine", form: formRefusedValues, ignored: true, detail: "Off", why: "connections are the proxy's concern"},
	{name: "SecConnReadStateLimit", form: formRefused, detail: "connections are the proxy's concern"},
	{name: "SecConnWriteStateLimit", form: formRefused, detail: "connections are the proxy's concern"},
	{name: "SecCookieFormat", form: formRefusedValues, ignored: true, detail: "0", why: "version 1 cookies are not read"},
	{name: "SecDataDir", form: formText, ignored: true},
	{name: "SecDataset", form: formDataset},
	{name: "SecDebugLog", form: formText, ignored: true},
	{name: "SecDebugLogLevel", form: formLevel, ignored: true},
	{name: "SecDefaultAction", form: formDefault},
	{name: "SecGeoLookupDb", form: formRefused, detail: noGeography},
	{name: "SecGsbLookupDb", form: formRefused, detail: noNetwork},
	{name: "SecHTTPBlKey", form: formRefused, detail: noNetwork},
	{name: "SecHashEngine", form: formRefusedValues, ignored: true, detail: "Off", why: signsNothing},
	{name: "SecHashKey", form: formRefused, detail: signsNothing},
	{name: "SecHashMethodPm", form: formRefused, detail: signsNothing},
	{name: "SecHashMethodRx", form: formRefused, detail: signsNothing},
	{name: "SecHashParam", form: formRefused, detail: signsNothing},
	{name: "SecIgnoreRuleCompilationErrors", form: formRefusedValues, ignored: true, detail: "Off", why: "a rule with a fault would be off and nobody would know"},
	{name: "SecMarker", form: formText},
	{name: "SecPcreMatchLimit", form: formAny, ignored: true},
	{name: "SecPcreMatchLimitRecursion", form: formAny, ignored: true},
	{name: "SecRemoteRules", form: formRefused, detail: noNetwork},
	{name: "SecRemoteRulesFailAction", form: formWords, ignored: true, detail: "Abort Warn"},
	{name: "SecRequestBodyAccess", form: formWords, detail: "On Off"},
	{name: "SecRequestBodyInMemoryLimit", form: formBytes, ignored: true},
	{name: "SecRequestBodyJsonDepthLimit", form: formNumber},
	{name: "SecRequestBodyLimit", form: formBytes},
	{name: "SecRequestBodyLimitAction", form: formWords, detail: "Reject ProcessPartial"},
	{name: "SecRequestBodyNoFilesLimit", form: formBytes, ignored: true},
	{name: "SecResponseBodyAccess", form: formWords, detail: "On Off"},
	{name: "SecResponseBodyJsonDepthLimit", form: formNumber},
	{name: "SecResponseBodyLimit", form: formBytes},
	{name: "SecResponseBodyLimitAction", form: formWords, detail: "Reject ProcessPartial"},
	{name: "SecResponseBodyMimeType", form: formList},
	{name: "SecResponseBodyMimeTypesClear", form: formNone},
	{name: "SecRule", form: formRule},
	{name: "SecRuleEngine", form: formWords, detail: "On Off DetectionOnly"},
	{name: "SecRulePerfTime", form: formAny, ignored: true},
	{name: "SecRuleRemoveById", form: formIDs},
	{name: "SecRuleRemoveByMsg", form: formText},
	{name: "SecRuleRemoveByTag", form: formText},
	{name: "SecRuleScript", form: formRefused, detail: noProcesses},
	{name: "SecRuleUpdateActionById", form: formActionsByID},
	{name: "SecRuleUpdateTargetById", form: formTargetsByID},
	{name: "SecRuleUpdateTargetByMsg", form: formRefused, detail: "Coraza 3.8 reads it and does nothing: use SecRuleUpdateTargetById or SecRuleUpdateTargetByTag"},
	{name: "SecRuleUpdateTargetByTag", form: formTargetsByTag},
	{name: "SecRxPreFilter", form: formWords, ignored: true, detail: "On Off"},
	{name: "SecSensorID", form: formText, ignored: true},
	{name: "SecServerSignature", form: formText, ignored: true},
	{name: "SecTmpDir", form: formAny, ignored: true},
	{name: "SecUnicodeMap", form: formAny, ignored: true},
	{name: "SecUploadDir", form: formRefused, detail: noFiles},
	{name: "SecUploadFileLimit", form: formNumber, ignored: true},
	{name: "SecUploadFileMode", form: formMode, ignored: true},
	{name: "SecUploadKeepFiles", form: formRefusedValues, ignored: true, detail: "Off", why: noFiles},
	{name: "SecWebAppID", form: formText, ignored: true},
}

const signsNothing = "neither Coraza nor the gateway signs links"

func directiveNames(yield func(string) bool) {
	for i := range directives {
		if !yield(directives[i].name) {
			return
		}
	}
}

// directiveNamed finds a directive by its name in any case.
func directiveNamed(name string) *known {
	for i := range directives {
		if sameName(directives[i].name, name) {
			return &directives[i]
		}
	}
	return nil
}

// words are the words of detail.
func (k *known) words() []string { return strings.Fields(k.detail) }
