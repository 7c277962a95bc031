package waftest

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// pair is an argument or a cookie, as it stands in the message.
type pair struct{ name, value string }

// anatomy is a request taken apart into what a mutation may change and move.
type anatomy struct {
	base    Request
	path    string
	query   []pair
	headers [][2]string // without Cookie
	cookies []pair
	form    []pair // the body if isForm
	isForm  bool
	body    []byte // otherwise
}

func takeApart(req *Request) *anatomy {
	a := &anatomy{base: *req, body: slices.Clone(req.Body)}
	var query string
	var found bool
	a.path, query, found = strings.Cut(req.URI, "?")
	if found {
		a.query = pairs(query, "&")
	}
	for _, h := range req.Headers {
		if strings.EqualFold(h[0], "Cookie") {
			for c := range strings.SplitSeq(h[1], ";") {
				name, value, _ := strings.Cut(strings.TrimSpace(c), "=")
				a.cookies = append(a.cookies, pair{name, value})
			}
			continue
		}
		a.headers = append(a.headers, h)
	}
	kind := strings.ToLower(req.Header("Content-Type"))
	if strings.HasPrefix(kind, "application/x-www-form-urlencoded") && len(req.Body) > 0 {
		a.isForm, a.form = true, pairs(string(req.Body), "&")
	}
	return a
}

func pairs(s, separator string) []pair {
	var p []pair
	for field := range strings.SplitSeq(s, separator) {
		name, value, _ := strings.Cut(field, "=")
		p = append(p, pair{name, value})
	}
	return p
}

func join(p []pair, separator string) string {
	fields := make([]string, len(p))
	for i := range p {
		fields[i] = p[i].name
		if p[i].value != "" {
			fields[i] += "=" + p[i].value
		}
	}
	return strings.Join(fields, separator)
}

// putTogether is the request again, with what a server never lets through made
// harmless: control bytes and blanks in the target, line ends and NUL in header
// values, anything but token characters in names. Content-Length is right if it
// was.
func (a *anatomy) putTogether() Request {
	req := a.base
	req.Raw, req.Refused = nil, 0
	uri := a.path
	if len(a.query) > 0 {
		uri += "?" + join(a.query, "&")
	}
	req.URI = legalTarget(uri)
	req.Body = a.body
	if a.isForm {
		req.Body = []byte(join(a.form, "&"))
	}
	if len(req.Body) == 0 {
		req.Body = nil
	}
	was, now := strconv.Itoa(len(a.base.Body)), strconv.Itoa(len(req.Body))
	req.Headers = make([][2]string, 0, len(a.headers)+1)
	length := false
	for _, h := range a.headers {
		if strings.EqualFold(h[0], "Content-Length") {
			length = true
			if h[1] == was {
				h[1] = now
			}
		}
		req.Headers = append(req.Headers, [2]string{legalName(h[0]), legalValue(h[1])})
	}
	if !length && len(req.Body) > 0 && req.Header("Transfer-Encoding") == "" {
		req.Headers = append(req.Headers, [2]string{"Content-Length", now})
	}
	if len(a.cookies) > 0 {
		req.Headers = append(req.Headers, [2]string{"Cookie", legalValue(join(a.cookies, "; "))})
	}
	return req
}

func legalTarget(uri string) string {
	var b strings.Builder
	for i := range len(uri) {
		if c := uri[i]; c <= ' ' || c == 0x7f {
			b.WriteString("%" + strings.ToUpper(hexByte(c)))
		} else {
			b.WriteByte(c)
		}
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
}

func hexByte(c byte) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[c>>4], digits[c&15]})
}

func legalValue(v string) string {
	legal := []byte(v)
	for i, c := range legal {
		if c < ' ' && c != '\t' || c == 0x7f {
			legal[i] = ' '
		}
	}
	return strings.Trim(string(legal), " \t")
}

func legalName(n string) string {
	legal := []byte(n)
	for i, c := range legal {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			legal[i] = '-'
		}
	}
	if len(legal) == 0 {
		return "x"
	}
	return string(legal)
}

// places that an argument can be in.
const (
	inQuery = iota
	inForm
	inJSON
	inHeader
	inCookie
	placeCount
)

// put adds an argument with a decoded value to a place, in that place's encoding.
// A body of another kind is replaced.
func (a *anatomy) put(place int, name, value string) {
	switch place {
	case inQuery:
		a.query = append(a.query, pair{url.QueryEscape(name), url.QueryEscape(value)})
	case inForm:
		if !a.isForm {
			a.isForm, a.form = true, nil
			a.setBody("application/x-www-form-urlencoded")
		}
		a.form = append(a.form, pair{url.QueryEscape(name), url.QueryEscape(value)})
	case inJSON:
		a.isForm, a.form = false, nil
		var object map[string]json.RawMessage
		if json.Unmarshal(a.body, &object) != nil || object == nil {
			object = map[string]json.RawMessage{}
		}
		object[name] = json.RawMessage(quote(value))
		if b, err := json.Marshal(object); err == nil {
			a.body = b
		}
		a.setBody("application/json")
	case inHeader:
		a.headers = append(a.headers, [2]string{"X-" + name, value})
	case inCookie:
		a.cookies = append(a.cookies, pair{name, value})
	}
}

// setBody makes the request one that has a body of a type.
func (a *anatomy) setBody(contentType string) {
	if a.base.Method == "GET" || a.base.Method == "HEAD" {
		a.base.Method = "POST"
	}
	a.headers = slices.DeleteFunc(a.headers, func(h [2]string) bool {
		return strings.EqualFold(h[0], "Content-Type") || strings.EqualFold(h[0], "Content-Length") || strings.EqualFold(h[0], "Transfer-Encoding")
	})
	a.headers = append(a.headers, [2]string{"Content-Type", contentType})
}

// arguments are all lists of pairs there are.
func (a *anatomy) arguments() []*[]pair {
	var all []*[]pair
	for _, list := range []*[]pair{&a.query, &a.form, &a.cookies} {
		if len(*list) > 0 {
			all = append(all, list)
		}
	}
	return all
}

// stringsIn are the places of the contents of JSON strings in a body, found by
// their quotes.
func stringsIn(body []byte) [][2]int {
	var spans [][2]int
	for at := 0; at < len(body); {
		i := bytes.IndexByte(body[at:], '"')
		if i < 0 {
			break
		}
		start := at + i + 1
		end := start
		for end < len(body) && body[end] != '"' {
			if body[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(body) {
			break
		}
		spans = append(spans, [2]int{start, end})
		at = end + 1
	}
	return spans
}
