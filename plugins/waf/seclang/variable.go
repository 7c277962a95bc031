package seclang

import "strings"

// variables are those of Coraza 3.8 that a gateway can fill. Those with "+" take a
// selector.
var variables = [...]string{
	"ARGS+", "ARGS_COMBINED_SIZE", "ARGS_GET+", "ARGS_GET_NAMES+", "ARGS_NAMES+", "ARGS_PATH+", "ARGS_POST+",
	"ARGS_POST_NAMES+", "ARGUMENTS_LIMIT_REACHED", "AUTH_TYPE", "DURATION", "ENV+", "FILES+", "FILES_COMBINED_SIZE",
	"FILES_NAMES+", "FILES_SIZES+", "FILES_TMPNAMES+", "FILES_TMP_CONTENT+", "FULL_REQUEST", "FULL_REQUEST_LENGTH",
	"HIGHEST_SEVERITY", "INBOUND_DATA_ERROR", "JSON+", "MATCHED_VAR", "MATCHED_VARS+", "MATCHED_VARS_NAMES+",
	"MATCHED_VAR_NAME", "MULTIPART_BOUNDARY_QUOTED", "MULTIPART_BOUNDARY_WHITESPACE", "MULTIPART_CRLF_LF_LINES",
	"MULTIPART_DATA_AFTER", "MULTIPART_DATA_BEFORE", "MULTIPART_DUPLICATE_PART_HEADER", "MULTIPART_FILENAME+",
	"MULTIPART_FILENAME_CHARSET+", "MULTIPART_FILENAME_LANGUAGE+", "MULTIPART_FILE_LIMIT_EXCEEDED",
	"MULTIPART_HEADER_FOLDING", "MULTIPART_INVALID_HEADER_FOLDING", "MULTIPART_INVALID_PART",
	"MULTIPART_INVALID_QUOTING", "MULTIPART_LF_LINE", "MULTIPART_MISSING_SEMICOLON", "MULTIPART_NAME+",
	"MULTIPART_PART_HEADERS+", "MULTIPART_STRICT_ERROR", "MULTIPART_UNMATCHED_BOUNDARY", "OUTBOUND_DATA_ERROR",
	"PATH_INFO", "QUERY_STRING", "REMOTE_ADDR", "REMOTE_HOST", "REMOTE_PORT", "REQBODY_ERROR", "REQBODY_ERROR_MSG",
	"REQBODY_PROCESSOR", "REQBODY_PROCESSOR_ERROR", "REQBODY_PROCESSOR_ERROR_MSG", "REQUEST_BASENAME", "REQUEST_BODY",
	"REQUEST_BODY_LENGTH", "REQUEST_COOKIES+", "REQUEST_COOKIES_NAMES+", "REQUEST_FILENAME", "REQUEST_HEADERS+",
	"REQUEST_HEADERS_NAMES+", "REQUEST_LINE", "REQUEST_METHOD", "REQUEST_PROTOCOL", "REQUEST_URI", "REQUEST_URI_RAW",
	"REQUEST_XML+", "RESPONSE_ARGS+", "RESPONSE_BODY", "RESPONSE_CONTENT_LENGTH", "RESPONSE_CONTENT_TYPE",
	"RESPONSE_HEADERS+", "RESPONSE_HEADERS_NAMES+", "RESPONSE_PROTOCOL", "RESPONSE_STATUS", "RESPONSE_XML+",
	"RES_BODY_ERROR", "RES_BODY_ERROR_MSG", "RES_BODY_PROCESSOR", "RES_BODY_PROCESSOR_ERROR",
	"RES_BODY_PROCESSOR_ERROR_MSG", "RULE+", "SERVER_ADDR", "SERVER_NAME", "SERVER_PORT", "STATUS_LINE", "TIME",
	"TIME_DAY", "TIME_EPOCH", "TIME_HOUR", "TIME_MIN", "TIME_MON", "TIME_SEC", "TIME_WDAY", "TIME_YEAR", "TX+",
	"UNIQUE_ID", "URI_PARSE_ERROR", "URLENCODED_ERROR", "XML+",
}

// variableNames are the names in variables.
func variableNames(yield func(string) bool) {
	for _, entry := range variables {
		if !yield(strings.TrimSuffix(entry, "+")) {
			return
		}
	}
}

// variable finds a variable by its name in any case.
func variable(name string) (canonical string, selectable bool, problem string) {
	for _, entry := range variables {
		known, selectable := strings.CutSuffix(entry, "+")
		if sameName(known, name) {
			return known, selectable, ""
		}
	}
	upper := strings.ToUpper(name)
	switch upper {
	case "":
		return "", false, "want the name of a variable"
	case "IP", "GLOBAL", "RESOURCE", "SESSION", "USER":
		return "", false, upper + " is a persistent collection: " + noStore
	case "SESSIONID", "USERID":
		return "", false, upper + " is set for persistent collections only: " + noStore
	case "GEO":
		return "", false, "GEO is filled by geoLookup: " + noGeography
	}
	return "", false, unknown("variable", name, variableNames)
}

// Why a name that exists is refused.
const (
	noFiles     = "the gateway has no file system"
	noStore     = "the gateway has no persistent storage"
	noGeography = "the gateway has no geographic database"
	noNetwork   = "the gateway asks no other server"
	noProcesses = "the gateway starts no programs"
	notInCoraza = "of ModSecurity is not part of the language that Coraza 3.8 and the OWASP CRS share"
)
