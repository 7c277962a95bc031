package format

import (
	"strings"

	"gatehouse/plugins/internal/policy"
)

// Media is what a body is as far as reading it goes.
type Media uint8

const (
	// MediaUnknown is what no rewriter here reads. Such a body must not pass unread.
	MediaUnknown Media = iota
	// MediaJSON is one JSON document.
	MediaJSON
	// MediaJSONLines is JSON documents behind one another.
	MediaJSONLines
	// MediaEvents is server-sent events.
	MediaEvents
	// MediaForm is application/x-www-form-urlencoded.
	MediaForm
	// MediaText is plain text, or source text that is read as such.
	MediaText
	// MediaCSV is delimiter-separated values.
	MediaCSV
	// MediaXML is one XML document.
	MediaXML
	// MediaHTML is HTML.
	MediaHTML
	// MediaMultipart is a body of parts.
	MediaMultipart
	// MediaFramed is JSON messages in frames, as gRPC and Connect make them.
	MediaFramed
)

// Coding is a content coding.
type Coding uint8

const (
	// CodingUnknown is one that no decoder here reads, or several on top of one
	// another. Such a body must not pass unread.
	CodingUnknown Coding = iota
	// CodingIdentity is none.
	CodingIdentity
	// CodingGzip is gzip (RFC 1952).
	CodingGzip
	// CodingDeflate is zlib (RFC 1950), or DEFLATE without it, which some send under
	// this name.
	CodingDeflate
)

// Choice says how a body is read.
type Choice struct {
	// Media is the format, Coding what it is compressed by. Both have to be known.
	Media  Media
	Coding Coding
	// Boundary stands between the parts of a multipart body.
	Boundary string
	// Delimiter is between the cells of MediaCSV, 0 if its first line tells.
	Delimiter byte
	// NoHeader says that MediaCSV has no row of names.
	NoHeader bool
}

// Known tells whether a body can be read.
func (c Choice) Known() bool { return c.Media != MediaUnknown && c.Coding != CodingUnknown }

// Settles tells whether a rewriter has nothing left to pass on when a body ends that is
// whole: its last piece was passed on when it came. What others keep back is in doubt
// until then.
func (c Choice) Settles() bool {
	switch c.Media {
	case MediaJSON, MediaJSONLines, MediaEvents, MediaFramed:
		return c.Coding == CodingIdentity
	}
	return false
}

// Choose says how a body is read that comes with the given values of Content-Type
// and Content-Encoding, "" for a field that is not there. It is strict: what has
// two meanings, an encoding of characters that hides ASCII or parameters that
// occur twice is unknown. A body without a content type is unknown.
func Choose(contentType, contentEncoding string) Choice {
	c := Choice{Coding: ChooseCoding(contentEncoding)}
	m, ok := parseMediaType(contentType)
	if !ok {
		return c
	}
	c.Media = mediaOf(m.name)
	switch charset := strings.ToLower(m.charset); c.Media {
	case MediaJSON, MediaJSONLines, MediaEvents, MediaForm, MediaFramed:
		if charset != "" && charset != "utf-8" && charset != "utf8" && charset != "us-ascii" {
			c.Media = MediaUnknown
		}
	case MediaText, MediaCSV, MediaXML, MediaHTML:
		if charset != "" && !transparent(charset) {
			c.Media = MediaUnknown
		}
	case MediaMultipart:
		if !validBoundary(m.boundary) || charset != "" && !transparent(charset) {
			c.Media = MediaUnknown
			break
		}
		c.Boundary = m.boundary
	}
	if c.Media == MediaCSV {
		if m.name == "text/tab-separated-values" {
			c.Delimiter = '\t'
		}
		c.NoHeader = m.header == "absent"
	}
	return c
}

// ChooseCoding returns the coding that a value of Content-Encoding, or of
// grpc-encoding, names.
func ChooseCoding(contentEncoding string) Coding {
	coding := CodingIdentity
	for name := range strings.SplitSeq(contentEncoding, ",") {
		switch name = strings.Trim(name, " \t"); {
		case name == "" || strings.EqualFold(name, "identity"):
		case coding != CodingIdentity:
			return CodingUnknown
		case strings.EqualFold(name, "gzip") || strings.EqualFold(name, "x-gzip"):
			coding = CodingGzip
		case strings.EqualFold(name, "deflate"):
			coding = CodingDeflate
		default:
			return CodingUnknown
		}
	}
	return coding
}

func mediaOf(name string) Media {
	switch name {
	case "application/json", "text/json":
		return MediaJSON
	case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonl", "application/jsonlines",
		"application/x-jsonlines", "application/stream+json", "application/json-seq":
		return MediaJSONLines
	case "text/event-stream":
		return MediaEvents
	case "application/x-www-form-urlencoded":
		return MediaForm
	case "text/html":
		return MediaHTML
	case "text/rtf", "text/richtext":
		return MediaUnknown // letters are behind escapes
	case "application/javascript", "application/x-javascript", "application/ecmascript", "application/graphql",
		"application/yaml", "application/x-yaml", "application/toml", "application/sql":
		return MediaText
	case "text/csv", "application/csv", "text/tab-separated-values":
		return MediaCSV
	case "application/xml", "text/xml":
		return MediaXML
	case "multipart/form-data", "multipart/mixed", "multipart/related", "multipart/alternative":
		return MediaMultipart
	case "application/grpc+json", "application/grpc-web+json", "application/connect+json":
		return MediaFramed
	case "application/grpc-web-text+json":
		return MediaUnknown // base64
	}
	switch {
	case strings.HasSuffix(name, "+json"):
		return MediaJSON
	case strings.HasSuffix(name, "+json-seq"):
		return MediaJSONLines
	case strings.HasSuffix(name, "+xml"):
		return MediaXML
	case strings.HasSuffix(name, "+yaml"), strings.HasPrefix(name, "text/"):
		// RFC 2046, Section 4.1.4: what is not known of text is read as plain text.
		return MediaText
	}
	return MediaUnknown
}

// transparent tells whether in a character encoding the bytes below 0x80 are
// ASCII and nothing else.
func transparent(charset string) bool {
	switch charset {
	case "utf-8", "utf8", "us-ascii", "ascii", "latin1", "koi8-r", "koi8-u", "euc-jp":
		return true
	}
	return strings.HasPrefix(charset, "iso-8859-") || strings.HasPrefix(charset, "windows-125")
}

// validBoundary follows RFC 2046, Section 5.1.1, with the characters that are sent
// in fact.
func validBoundary(b string) bool {
	if len(b) == 0 || len(b) > 70 || b[len(b)-1] == ' ' {
		return false
	}
	for i := 0; i < len(b); i++ {
		if b[i] < ' ' || b[i] > '~' {
			return false
		}
	}
	return true
}

// mediaType is what a value of Content-Type says.
type mediaType struct {
	name                      string // in lower case
	charset, boundary, header string
}

// parseMediaType reads a media type (RFC 9110, Section 8.3.1). A parameter that it
// knows and that occurs twice, or one that cannot be read, makes it invalid.
func parseMediaType(s string) (m mediaType, ok bool) {
	for i := 0; i+1 < len(s); i++ {
		if s[i] == '\\' {
			if i++; s[i] != '"' && s[i] != '\\' {
				return m, false // to some the backslash is of the value
			}
		}
	}
	name, rest, _ := strings.Cut(s, ";")
	m.name = strings.ToLower(strings.Trim(name, " \t"))
	top, sub, ok := strings.Cut(m.name, "/")
	if !ok || !policy.IsToken(top) || !policy.IsToken(sub) {
		return m, false
	}
	ok = parseParameters(rest, func(name, value string) bool {
		var to *string
		switch name {
		case "charset":
			to = &m.charset
		case "boundary":
			to = &m.boundary
		case "header":
			to = &m.header
		default:
			return !strings.HasSuffix(name, "*") // an extended value of RFC 8187
		}
		if *to != "" || value == "" {
			return false
		}
		*to = value
		return true
	})
	return m, ok
}

// parseParameters reads "name=value; name=value" and calls each with the name in
// lower case, until it answers no.
func parseParameters(s string, each func(name, value string) bool) bool {
	for {
		s = strings.TrimLeft(s, " \t;")
		if s == "" {
			return true
		}
		n := strings.IndexByte(s, '=')
		if n <= 0 || !policy.IsToken(s[:n]) {
			return false
		}
		name := strings.ToLower(s[:n])
		s = s[n+1:]
		var value string
		if strings.HasPrefix(s, `"`) {
			i := 1 + strings.IndexAny(s[1:], `"\`)
			if i == 0 {
				return false
			}
			if value = s[1:i]; s[i] != '"' {
				var b strings.Builder
				b.WriteString(value)
				for ; i < len(s) && s[i] != '"'; i++ {
					if s[i] == '\\' && i+1 < len(s) {
						i++
					}
					b.WriteByte(s[i])
				}
				if i >= len(s) {
					return false
				}
				value = b.String()
			}
			s = strings.TrimLeft(s[i+1:], " \t")
			if s != "" && s[0] != ';' {
				return false
			}
		} else {
			value, s, _ = strings.Cut(s, ";")
			if value = strings.Trim(value, " \t"); !policy.IsToken(value) {
				return false
			}
		}
		if !each(name, value) {
			return false
		}
	}
}
