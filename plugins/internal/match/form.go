package match

import "gatehouse/plugins/internal/config"

// Form is one way to spell a path so that two readers could disagree on what it
// names.
//
//schema:is {"type":"string","enum":["encoded_slash","encoded_dot_segment","path_parameter","backslash","nul","control_character","double_encoding","malformed_percent","overlong_utf8","invalid_utf8","fragment","final_dot_segment","empty_segment_parent"]}
type Form uint8

// The forms, each with the reading it gets where it is allowed.
const (
	// Unambiguous is the zero Form: there is one reading.
	Unambiguous Form = iota
	// EncodedSlash is "%2f". Allowed: part of a segment, never a separator.
	EncodedSlash
	// EncodedDotSegment is a dot segment written with "%2e", or one beside an
	// encoded slash or a backslash, as in "..%2f". Allowed: "%2e" is a dot and the
	// segment is resolved; beside a separator that is data it is data too.
	EncodedDotSegment
	// PathParameter is ";" or "%3b" in a segment, as in "/admin;a=b" and "/..;/".
	// Servlet containers drop it and what follows in the segment, others keep
	// it. Allowed: it is dropped.
	PathParameter
	// Backslash is "\" or "%5c". Allowed: part of a segment.
	Backslash
	// NUL is a zero byte, raw or "%00". Allowed: part of a segment.
	NUL
	// ControlCharacter is any other byte below 0x20, or 0x7f, raw or encoded.
	// Allowed: part of a segment.
	ControlCharacter
	// DoubleEncoding is an encoded percent sign that begins another encoding, as
	// in "%252f". Allowed: decoded once.
	DoubleEncoding
	// MalformedPercent is "%" without two hexadecimal digits. Allowed: a percent
	// sign.
	MalformedPercent
	// OverlongUTF8 is a character in more bytes than it needs, as in "%c0%af".
	// Allowed: bytes.
	OverlongUTF8
	// InvalidUTF8 is any other sequence that is not UTF-8, such as Latin-1.
	// Allowed: bytes.
	InvalidUTF8
	// Fragment is "#". Allowed: cut off with what follows.
	Fragment
	// FinalDotSegment is a dot segment at the end, as in "/a/.": RFC 3986 reads
	// "/a/", others "/a". Allowed: as RFC 3986 does.
	FinalDotSegment
	// EmptySegmentParent is ".." that goes back over an empty segment, as in
	// "/a//../b": "/a/b" by RFC 3986, "/b" where slashes are merged first.
	// Allowed: slashes are merged first.
	EmptySegmentParent
	// NotAbsolute is a target that does not begin with "/", or is repeated. "*"
	// of OPTIONS and CONNECT without a path are no such targets. It cannot be
	// allowed.
	NotAbsolute
)

var formNames = [...]string{
	Unambiguous:        "unambiguous",
	EncodedSlash:       "encoded_slash",
	EncodedDotSegment:  "encoded_dot_segment",
	PathParameter:      "path_parameter",
	Backslash:          "backslash",
	NUL:                "nul",
	ControlCharacter:   "control_character",
	DoubleEncoding:     "double_encoding",
	MalformedPercent:   "malformed_percent",
	OverlongUTF8:       "overlong_utf8",
	InvalidUTF8:        "invalid_utf8",
	Fragment:           "fragment",
	FinalDotSegment:    "final_dot_segment",
	EmptySegmentParent: "empty_segment_parent",
	NotAbsolute:        "not_absolute",
}

// String returns the name that allows the form in a configuration.
func (f Form) String() string {
	if int(f) < len(formNames) {
		return formNames[f]
	}
	return "unknown"
}

// UnmarshalConfig reads the name of a form that can be allowed.
func (f *Form) UnmarshalConfig(v config.Value) error {
	names := formNames[EncodedSlash:NotAbsolute]
	name, err := config.Word(v, names...)
	for i := range names {
		if names[i] == name {
			*f = EncodedSlash + Form(i)
		}
	}
	return err
}

// Forms is a set of forms.
type Forms uint32

// FormsOf returns the set of the given forms.
func FormsOf(forms ...Form) Forms {
	var set Forms
	for _, f := range forms {
		set |= 1 << f
	}
	return set
}

// Has tells whether f is in the set.
func (s Forms) Has(f Form) bool { return s&(1<<f) != 0 }

// allForms are those that can be allowed.
const allForms Forms = 1<<NotAbsolute - 2
