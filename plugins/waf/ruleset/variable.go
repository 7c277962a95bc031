package ruleset

// Collection is where values of a transaction are kept. Several variables can
// show one collection: ARGS shows ARGS_GET and ARGS_POST, ARGS_GET_NAMES the
// names in ARGS_GET.
type Collection uint8

// The collections. Those up to lastKeyed hold any number of named values, the
// others exactly one value without a name.
const (
	NoCollection Collection = iota
	ArgsGet
	ArgsPost
	ArgsPath
	RequestHeaders
	RequestCookies
	ResponseHeaders
	ResponseArgs
	Files
	FilesNames
	FilesSizes
	FilesTmpContent
	FilesTmpNames
	MultipartName
	MultipartFilename
	MultipartFilenameCharset
	MultipartFilenameLanguage
	MultipartPartHeaders
	RequestXML
	ResponseXML
	MatchedVars
	TX
	Rule
	Env
	Geo

	ArgsCombinedSize
	ArgumentsLimitReached
	AuthType
	Duration
	FilesCombinedSize
	FullRequest
	FullRequestLength
	HighestSeverity
	InboundDataError
	MatchedVar
	MatchedVarName
	MultipartBoundaryQuoted
	MultipartBoundaryWhitespace
	MultipartCrlfLfLines
	MultipartDataAfter
	MultipartDataBefore
	MultipartDuplicatePartHeader
	MultipartFileLimitExceeded
	MultipartHeaderFolding
	MultipartInvalidHeaderFolding
	MultipartInvalidPart
	MultipartInvalidQuoting
	MultipartLfLine
	MultipartMissingSemicolon
	MultipartStrictError
	MultipartUnmatchedBoundary
	OutboundDataError
	PathInfo
	QueryString
	RemoteAddr
	RemoteHost
	RemotePort
	ReqbodyError
	ReqbodyErrorMsg
	ReqbodyProcessor
	ReqbodyProcessorError
	ReqbodyProcessorErrorMsg
	RequestBasename
	RequestBody
	RequestBodyLength
	RequestFilename
	RequestLine
	RequestMethod
	RequestProtocol
	RequestURI
	RequestURIRaw
	ResBodyError
	ResBodyErrorMsg
	ResBodyProcessor
	ResBodyProcessorError
	ResBodyProcessorErrorMsg
	ResponseBody
	ResponseContentLength
	ResponseContentType
	ResponseProtocol
	ResponseStatus
	ServerAddr
	ServerName
	ServerPort
	SessionID
	StatusLine
	Time
	TimeDay
	TimeEpoch
	TimeHour
	TimeMin
	TimeMon
	TimeSec
	TimeWday
	TimeYear
	UniqueID
	URIParseError
	UrlencodedError
	UserID

	// NumCollections is how many there are.
	NumCollections
)

const lastKeyed = Geo

// Keyed tells whether c holds named values.
func (c Collection) Keyed() bool { return c != NoCollection && c <= lastKeyed }

// View is what of a collection's entries a variable shows.
type View uint8

const (
	// Values shows the values.
	Values View = iota
	// Names shows the names as values.
	Names
)

// Variable is a SecLang variable: what it is called and which collections it
// shows.
type Variable struct {
	Name  string
	View  View
	Shows []Collection
}

// VariableID is a place in Variables.
type VariableID uint8

// NoVariable is the variable of a rule without targets.
const NoVariable VariableID = 0

// variables holds all that can be named. ARGS and its relatives show the
// collections in the order in which Coraza does.
var variables = [...]Variable{
	{},
	{"ARGS", Values, []Collection{ArgsGet, ArgsPost, ArgsPath}},
	{"ARGS_NAMES", Names, []Collection{ArgsGet, ArgsPost}},
	{"ARGS_GET", Values, []Collection{ArgsGet}},
	{"ARGS_GET_NAMES", Names, []Collection{ArgsGet}},
	{"ARGS_POST", Values, []Collection{ArgsPost}},
	{"ARGS_POST_NAMES", Names, []Collection{ArgsPost}},
	{"ARGS_PATH", Values, []Collection{ArgsPath}},
	{"REQUEST_HEADERS", Values, []Collection{RequestHeaders}},
	{"REQUEST_HEADERS_NAMES", Names, []Collection{RequestHeaders}},
	{"REQUEST_COOKIES", Values, []Collection{RequestCookies}},
	{"REQUEST_COOKIES_NAMES", Names, []Collection{RequestCookies}},
	{"RESPONSE_HEADERS", Values, []Collection{ResponseHeaders}},
	{"RESPONSE_HEADERS_NAMES", Names, []Collection{ResponseHeaders}},
	{"RESPONSE_ARGS", Values, []Collection{ResponseArgs}},
	{"FILES", Values, []Collection{Files}},
	{"FILES_NAMES", Values, []Collection{FilesNames}},
	{"FILES_SIZES", Values, []Collection{FilesSizes}},
	{"FILES_TMP_CONTENT", Values, []Collection{FilesTmpContent}},
	{"FILES_TMPNAMES", Values, []Collection{FilesTmpNames}},
	{"FILES_TMP_NAMES", Values, []Collection{FilesTmpNames}},
	{"MULTIPART_NAME", Values, []Collection{MultipartName}},
	{"MULTIPART_FILENAME", Values, []Collection{MultipartFilename}},
	{"MULTIPART_FILENAME_CHARSET", Values, []Collection{MultipartFilenameCharset}},
	{"MULTIPART_FILENAME_LANGUAGE", Values, []Collection{MultipartFilenameLanguage}},
	{"MULTIPART_PART_HEADERS", Values, []Collection{MultipartPartHeaders}},
	{"XML", Values, []Collection{RequestXML}},
	{"REQUEST_XML", Values, []Collection{RequestXML}},
	{"RESPONSE_XML", Values, []Collection{ResponseXML}},
	{"MATCHED_VARS", Values, []Collection{MatchedVars}},
	{"MATCHED_VARS_NAMES", Names, []Collection{MatchedVars}},
	{"TX", Values, []Collection{TX}},
	{"RULE", Values, []Collection{Rule}},
	{"ENV", Values, []Collection{Env}},
	{"GEO", Values, []Collection{Geo}},
	// Coraza knows the variable and has nothing in it.
	{"JSON", Values, nil},
	{"IP", Values, nil},

	{"ARGS_COMBINED_SIZE", Values, []Collection{ArgsCombinedSize}},
	{"ARGUMENTS_LIMIT_REACHED", Values, []Collection{ArgumentsLimitReached}},
	{"AUTH_TYPE", Values, []Collection{AuthType}},
	{"DURATION", Values, []Collection{Duration}},
	{"FILES_COMBINED_SIZE", Values, []Collection{FilesCombinedSize}},
	{"FULL_REQUEST", Values, []Collection{FullRequest}},
	{"FULL_REQUEST_LENGTH", Values, []Collection{FullRequestLength}},
	{"HIGHEST_SEVERITY", Values, []Collection{HighestSeverity}},
	{"INBOUND_DATA_ERROR", Values, []Collection{InboundDataError}},
	{"MATCHED_VAR", Values, []Collection{MatchedVar}},
	{"MATCHED_VAR_NAME", Values, []Collection{MatchedVarName}},
	{"MULTIPART_BOUNDARY_QUOTED", Values, []Collection{MultipartBoundaryQuoted}},
	{"MULTIPART_BOUNDARY_WHITESPACE", Values, []Collection{MultipartBoundaryWhitespace}},
	{"MULTIPART_CRLF_LF_LINES", Values, []Collection{MultipartCrlfLfLines}},
	{"MULTIPART_DATA_AFTER", Values, []Collection{MultipartDataAfter}},
	{"MULTIPART_DATA_BEFORE", Values, []Collection{MultipartDataBefore}},
	{"MULTIPART_DUPLICATE_PART_HEADER", Values, []Collection{MultipartDuplicatePartHeader}},
	{"MULTIPART_FILE_LIMIT_EXCEEDED", Values, []Collection{MultipartFileLimitExceeded}},
	{"MULTIPART_HEADER_FOLDING", Values, []Collection{MultipartHeaderFolding}},
	{"MULTIPART_INVALID_HEADER_FOLDING", Values, []Collection{MultipartInvalidHeaderFolding}},
	{"MULTIPART_INVALID_PART", Values, []Collection{MultipartInvalidPart}},
	{"MULTIPART_INVALID_QUOTING", Values, []Collection{MultipartInvalidQuoting}},
	{"MULTIPART_LF_LINE", Values, []Collection{MultipartLfLine}},
	{"MULTIPART_MISSING_SEMICOLON", Values, []Collection{MultipartMissingSemicolon}},
	{"MULTIPART_STRICT_ERROR", Values, []Collection{MultipartStrictError}},
	{"MULTIPART_UNMATCHED_BOUNDARY", Values, []Collection{MultipartUnmatchedBoundary}},
	{"OUTBOUND_DATA_ERROR", Values, []Collection{OutboundDataError}},
	{"PATH_INFO", Values, []Collection{PathInfo}},
	{"QUERY_STRING", Values, []Collection{QueryString}},
	{"REMOTE_ADDR", Values, []Collection{RemoteAddr}},
	{"REMOTE_HOST", Values, []Collection{RemoteHost}},
	{"REMOTE_PORT", Values, []Collection{RemotePort}},
	{"REQBODY_ERROR", Values, []Collection{ReqbodyError}},
	{"REQBODY_ERROR_MSG", Values, []Collection{ReqbodyErrorMsg}},
	{"REQBODY_PROCESSOR", Values, []Collection{ReqbodyProcessor}},
	{"REQBODY_PROCESSOR_ERROR", Values, []Collection{ReqbodyProcessorError}},
	{"REQBODY_PROCESSOR_ERROR_MSG", Values, []Collection{ReqbodyProcessorErrorMsg}},
	{"REQUEST_BASENAME", Values, []Collection{RequestBasename}},
	{"REQUEST_BODY", Values, []Collection{RequestBody}},
	{"REQUEST_BODY_LENGTH", Values, []Collection{RequestBodyLength}},
	{"REQUEST_FILENAME", Values, []Collection{RequestFilename}},
	{"REQUEST_LINE", Values, []Collection{RequestLine}},
	{"REQUEST_METHOD", Values, []Collection{RequestMethod}},
	{"REQUEST_PROTOCOL", Values, []Collection{RequestProtocol}},
	{"REQUEST_URI", Values, []Collection{RequestURI}},
	{"REQUEST_URI_RAW", Values, []Collection{RequestURIRaw}},
	{"RES_BODY_ERROR", Values, []Collection{ResBodyError}},
	{"RES_BODY_ERROR_MSG", Values, []Collection{ResBodyErrorMsg}},
	{"RES_BODY_PROCESSOR", Values, []Collection{ResBodyProcessor}},
	{"RES_BODY_PROCESSOR_ERROR", Values, []Collection{ResBodyProcessorError}},
	{"RES_BODY_PROCESSOR_ERROR_MSG", Values, []Collection{ResBodyProcessorErrorMsg}},
	{"RESPONSE_BODY", Values, []Collection{ResponseBody}},
	{"RESPONSE_CONTENT_LENGTH", Values, []Collection{ResponseContentLength}},
	{"RESPONSE_CONTENT_TYPE", Values, []Collection{ResponseContentType}},
	{"RESPONSE_PROTOCOL", Values, []Collection{ResponseProtocol}},
	{"RESPONSE_STATUS", Values, []Collection{ResponseStatus}},
	{"SERVER_ADDR", Values, []Collection{ServerAddr}},
	{"SERVER_NAME", Values, []Collection{ServerName}},
	{"SERVER_PORT", Values, []Collection{ServerPort}},
	{"SESSIONID", Values, []Collection{SessionID}},
	{"STATUS_LINE", Values, []Collection{StatusLine}},
	{"TIME", Values, []Collection{Time}},
	{"TIME_DAY", Values, []Collection{TimeDay}},
	{"TIME_EPOCH", Values, []Collection{TimeEpoch}},
	{"TIME_HOUR", Values, []Collection{TimeHour}},
	{"TIME_MIN", Values, []Collection{TimeMin}},
	{"TIME_MON", Values, []Collection{TimeMon}},
	{"TIME_SEC", Values, []Collection{TimeSec}},
	{"TIME_WDAY", Values, []Collection{TimeWday}},
	{"TIME_YEAR", Values, []Collection{TimeYear}},
	{"UNIQUE_ID", Values, []Collection{UniqueID}},
	{"URI_PARSE_ERROR", Values, []Collection{URIParseError}},
	{"URLENCODED_ERROR", Values, []Collection{UrlencodedError}},
	{"USERID", Values, []Collection{UserID}},
}

// LookupVariable finds a variable by its name in upper case.
func LookupVariable(name string) (VariableID, bool) {
	for i := 1; i < len(variables); i++ {
		if variables[i].Name == name {
			return VariableID(i), true
		}
	}
	return NoVariable, false
}

// Variable returns what id stands for.
func (id VariableID) Variable() *Variable { return &variables[id] }

// String returns the variable's name.
func (id VariableID) String() string { return variables[id].Name }

// Keyed tells whether a value can be selected by its name.
func (v *Variable) Keyed() bool {
	return len(v.Shows) == 0 || v.Shows[0].Keyed()
}
