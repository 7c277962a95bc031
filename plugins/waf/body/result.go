package body

// Limits bound what a body may make a processor do.
type Limits struct {
	// Depth is how many JSON objects and arrays may be open at a time
	// (SecRequestBodyJsonDepthLimit). Zero or less means [DefaultDepth].
	Depth int
	// Arguments is how many arguments are read (SecArgumentsLimit). Zero or less
	// means [DefaultArguments].
	Arguments int
	// Cut says that the end of the body is missing because the caller cut it off
	// (INBOUND_DATA_ERROR), so that a multipart body that stops short is no error.
	Cut bool
}

// The limits that Coraza has when its configuration names none.
const (
	DefaultDepth     = 1024
	DefaultArguments = 1000
)

func (l Limits) depth() int {
	if l.Depth <= 0 {
		return DefaultDepth
	}
	return l.Depth
}

func (l Limits) arguments() int {
	if l.Arguments <= 0 {
		return DefaultArguments
	}
	return l.Arguments
}

// Pair is a name and a value, decoded. Both may alias the input that they were
// read from.
type Pair struct {
	Name, Value string
}

// File is a part of a multipart body that has a file name. Parts without one are
// arguments.
type File struct {
	// Field is the name of the form field (FILES_NAMES).
	Field string
	// Name is the name of the file as a receiver reads it that prefers
	// "filename*" (FILES, and the key of FILES_SIZES and FILES_TMP_CONTENT).
	Name string
	// Other is the name that a receiver may read instead, empty if there is only
	// one reading (also in FILES, and a key of FILES_SIZES).
	Other string
	// Content is the decoded content (FILES_TMP_CONTENT); its length in bytes is
	// the file's size (FILES_SIZES).
	Content string
}

// Result is what a processor read. A Result is used for one body after another;
// the zero value is ready for use. It must not be copied while in use.
//
// Strings in it alias the input or memory that [Result.Reset] takes back: they
// and the input must not be used or changed, respectively, beyond the next
// Reset.
type Result struct {
	// Args are ARGS_POST (ARGS_GET for a query, RESPONSE_ARGS for a response) in
	// document order, at most Limits.Arguments of them, and as many files. JSON array lengths
	// ("json.items" = "3") are among them and have a limit of the same size of
	// their own.
	Args []Pair
	// ArgumentsTruncated: there were more arguments than the limit
	// (ARGUMENTS_LIMIT_REACHED).
	ArgumentsTruncated bool

	// Files are the files of a multipart body in document order.
	Files []File
	// PartNames are the field names of all parts (MULTIPART_NAME, key and value).
	PartNames []string
	// PartHeaders are the header lines "Name: value" of all parts under the
	// field name of their part (MULTIPART_PART_HEADERS).
	PartHeaders []Pair
	// PartFilenames are the file names of all parts, both readings where there
	// are two, under their field names (MULTIPART_FILENAME).
	PartFilenames []Pair
	// FilenameCharsets and FilenameLanguages are what "filename*" parameters say
	// of their values, under their field names (MULTIPART_FILENAME_CHARSET and
	// _LANGUAGE; RFC 8187, Section 3.2).
	FilenameCharsets, FilenameLanguages []Pair
	// PartsSize is the size of the contents of all parts in bytes, fields
	// included as in Coraza (FILES_COMBINED_SIZE). HasParts tells whether there
	// was a part: without one the variable is empty.
	PartsSize int
	HasParts  bool
	// StrictError: a multipart body is not what all receivers read alike
	// (MULTIPART_STRICT_ERROR).
	StrictError bool
	// DuplicatePartHeader: a part repeats a header, or a parameter of its
	// Content-Disposition (MULTIPART_DUPLICATE_PART_HEADER).
	DuplicatePartHeader bool
	// InvalidQuoting: a "filename*" is in quotes (MULTIPART_INVALID_QUOTING).
	InvalidQuoting bool

	// XMLValues are the texts of elements, without the white space around them
	// (XML:/*), in document order.
	XMLValues []string
	// XMLAttributes are the values of attributes (XML://@*), in document order.
	XMLAttributes []string

	// RequestBody is REQUEST_BODY, which only [URLEncoded] and [Raw] set; its
	// length is REQUEST_BODY_LENGTH. Both variables are empty otherwise.
	RequestBody string

	// Err is one of the Err constants if the body does not follow its format,
	// else empty (REQBODY_PROCESSOR_ERROR_MSG, and with the name of the processor
	// REQBODY_ERROR_MSG). It never quotes the body.
	Err string

	text   arena
	path   []byte  // of the JSON value being read
	frames []frame // JSON objects and arrays that are open
	// closers are the closing brackets of a broken JSON document.
	closers []int32

	elements []element // XML elements that are open

	multipart *multipart
}

// Error texts, in which nothing of the body appears.
const (
	// ErrJSON: the body is not one JSON value (RFC 8259, Section 2).
	ErrJSON = "invalid JSON"
	// ErrJSONDepth: more objects and arrays are open than Limits.Depth.
	ErrJSONDepth = "JSON nested deeper than the limit"
	// ErrJSONSize: the names and values of the arguments are together longer
	// than eight times the body and 4096 bytes. Each name repeats the path that
	// leads to its value, so deep paths with many values grow quadratically.
	ErrJSONSize = "JSON arguments outgrow the body"
	// ErrMultipartType: the Content-Type is not "multipart/…" with a boundary
	// (RFC 2046, Section 5.1.1).
	ErrMultipartType = "Content-Type is not multipart with a boundary"
	// ErrMultipart: a multipart body has lines where none may be, or ends before
	// its last boundary line (RFC 2046, Section 5.1.1).
	ErrMultipart = "invalid multipart boundary lines"
	// ErrPartHeader: a line of a part's header is no "name: value" (RFC 5322,
	// Section 2.2).
	ErrPartHeader = "invalid header of a part"
	// ErrPartEncoding: the content of a part is not quoted-printable, which its
	// header says it is (RFC 2045, Section 6.7).
	ErrPartEncoding = "invalid quoted-printable content"
	// ErrXML: the body is not XML, even to a parser that lets missing end tags
	// and quotes pass.
	ErrXML = "invalid XML"
	// ErrXMLDeclaration: the body says that it is XML of a version other than 1.0,
	// or in an encoding other than UTF-8.
	ErrXMLDeclaration = "unsupported XML version or encoding"
)

// Reset empties r for the next body and keeps its memory, unless a body made it
// unusually large.
func (r *Result) Reset() {
	args, files := emptied(r.Args), emptied(r.Files)
	names, headers := emptied(r.PartNames), emptied(r.PartHeaders)
	filenames := emptied(r.PartFilenames)
	charsets, languages := emptied(r.FilenameCharsets), emptied(r.FilenameLanguages)
	values, attributes := emptied(r.XMLValues), emptied(r.XMLAttributes)
	path, frames, elements := r.path[:0], emptied(r.frames), emptied(r.elements)
	closers := emptied(r.closers)
	if cap(path) > maxChunk {
		path = nil
	}
	text := r.text
	text.reset()
	*r = Result{
		Args: args, Files: files, PartNames: names, PartHeaders: headers, PartFilenames: filenames,
		FilenameCharsets: charsets, FilenameLanguages: languages, XMLValues: values, XMLAttributes: attributes,
		text: text, path: path, frames: frames, closers: closers, elements: elements, multipart: r.multipart,
	}
}

// maxKept is how many elements of a list survive Reset.
const maxKept = 4096

// emptied returns the list without its elements, which would keep old bodies
// alive.
func emptied[T any](list []T) []T {
	if cap(list) > maxKept {
		return nil
	}
	clear(list)
	return list[:0]
}
