package engine

import (
	"net/url"
	"strconv"
	"strings"

	"gatehouse/plugins/waf/body"
	"gatehouse/plugins/waf/ruleset"
)

// Connection says who speaks to whom.
func (t *Transaction) Connection(client string, clientPort int, server string, serverPort int) {
	t.set(ruleset.RemoteAddr, client)
	t.set(ruleset.RemotePort, strconv.Itoa(clientPort))
	t.set(ruleset.ServerAddr, server)
	t.set(ruleset.ServerPort, strconv.Itoa(serverPort))
}

// ServerName is the host that the request is for.
func (t *Transaction) ServerName(name string) { t.set(ruleset.ServerName, name) }

// Request is the request line: protocol as in "HTTP/1.1". Arguments of the query
// are read here.
func (t *Transaction) Request(method, uri, protocol string) {
	t.set(ruleset.RequestMethod, method)
	t.set(ruleset.RequestProtocol, protocol)
	t.set(ruleset.RequestURIRaw, uri)
	t.set(ruleset.RequestLine, method+" "+uri+" "+protocol)
	uri, _, _ = strings.Cut(uri, "#")
	path, query, _ := strings.Cut(uri, "?")
	if !plainURI(uri) {
		if u, err := url.ParseRequestURI(uri); err != nil {
			t.set(ruleset.URIParseError, "1")
		} else {
			uri, path, query = u.String(), u.Path, u.RawQuery
		}
	}
	t.set(ruleset.RequestURI, uri)
	t.set(ruleset.RequestFilename, path)
	base := path
	if i := strings.LastIndexAny(path, `/\`); i >= 0 && i+1 < len(path) {
		base = path[i+1:]
	}
	t.set(ruleset.RequestBasename, base)
	t.set(ruleset.QueryString, query)
	body.Query(query, t.limits(), &t.query)
	t.addAll(ruleset.ArgsGet, t.query.Args)
	t.flag(ruleset.ArgumentsLimitReached, t.query.ArgumentsTruncated)
}

// plainURI tells whether a URI is read and written by net/url as it stands: a
// path of unreserved characters and slashes, and any query that has no control
// characters.
func plainURI(uri string) bool {
	if len(uri) < 1 || uri[0] != '/' || len(uri) > 1 && uri[1] == '/' {
		return false
	}
	i := 1
	for ; i < len(uri); i++ {
		c := uri[i]
		if c == '?' {
			break
		}
		if c-'0' >= 10 && c|0x20-'a' >= 26 && strings.IndexByte("/-_.~", c) < 0 {
			return false
		}
	}
	if i == len(uri)-1 {
		return false // "/path?" keeps its mark in a way of its own
	}
	for ; i < len(uri); i++ {
		if c := uri[i]; c < ' ' || c == 0x7f {
			return false
		}
	}
	return true
}

func (t *Transaction) limits() body.Limits {
	s := &t.e.set.Settings
	return body.Limits{Depth: s.RequestJSONDepth, Arguments: s.ArgumentsLimit, Cut: t.single[ruleset.InboundDataError] == "1"}
}

// RequestHeader adds a header, Host included.
func (t *Transaction) RequestHeader(name, value string) {
	if name == "" {
		return
	}
	t.add(ruleset.RequestHeaders, name, value)
	switch t.keyed[ruleset.RequestHeaders][len(t.keyed[ruleset.RequestHeaders])-1].lower {
	case "content-type":
		if _, again := t.header(ruleset.RequestHeaders, "content-type", 1); again {
			return
		}
		kind := strings.TrimSpace(strings.ToLower(value))
		switch {
		case strings.HasPrefix(kind, "application/x-www-form-urlencoded"):
			t.single[ruleset.ReqbodyProcessor] = "URLENCODED"
		case strings.HasPrefix(kind, "multipart/form-data"):
			t.single[ruleset.ReqbodyProcessor] = "MULTIPART"
		}
	case "cookie":
		t.addAll(ruleset.RequestCookies, body.Cookies(value, nil))
	}
}

// header returns the i-th value of a header.
func (t *Transaction) header(c ruleset.Collection, name string, i int) (string, bool) {
	for j := range t.keyed[c] {
		if e := &t.keyed[c][j]; e.lower == name {
			if i == 0 {
				return e.value, true
			}
			i--
		}
	}
	return "", false
}

// RequestHeaders runs phase 1.
func (t *Transaction) RequestHeaders() *Interruption { return t.run(1) }

// WantsRequestBody tells, after phase 1, whether the body is to be looked at, and
// how many bytes of it at most.
func (t *Transaction) WantsRequestBody() (limit int64, ok bool) {
	if t.mode == ruleset.Off || !t.requestBody.access {
		return 0, false
	}
	return t.requestBody.limit, t.single[ruleset.ReqbodyProcessor] != "" || t.requestBody.force
}

// RequestBody reads the body and runs phase 2. complete is false if there is
// more of the body than the limit.
func (t *Transaction) RequestBody(b string, complete bool) *Interruption {
	if t.mode == ruleset.Off {
		return nil
	}
	if !complete {
		t.set(ruleset.InboundDataError, "1")
		if t.e.set.Settings.RequestLimitAction == ruleset.Reject {
			return t.limit(413)
		}
	}
	if t.requestBody.access && b != "" {
		t.readRequest(b)
	}
	return t.run(2)
}

// limit interrupts because of a body over its limit.
func (t *Transaction) limit(status int) *Interruption {
	i := &Interruption{Action: ruleset.Deny, Status: status}
	if t.mode == ruleset.DetectionOnly {
		if t.would == nil {
			t.would = i
		}
		return nil
	}
	t.interruption = i
	return i
}

func (t *Transaction) readRequest(b string) {
	processor := t.single[ruleset.ReqbodyProcessor]
	if t.requestBody.force && processor == "" {
		processor = "URLENCODED"
		t.single[ruleset.ReqbodyProcessor] = processor
	}
	r := &t.form
	limits := t.limits()
	switch processor {
	case "":
		return
	case "URLENCODED":
		body.URLEncoded(b, limits, r)
	case "JSON":
		body.JSON(b, limits, r)
	case "XML":
		body.XML(b, limits, r)
	case "MULTIPART":
		kind, _ := t.header(ruleset.RequestHeaders, "content-type", 0)
		body.Multipart(kind, b, limits, r)
		t.multipart(r)
	case "RAW":
		body.Raw(b, r)
	default:
		t.requestError("invalid body processor")
		return
	}
	t.addAll(ruleset.ArgsPost, r.Args)
	t.flag(ruleset.ArgumentsLimitReached, r.ArgumentsTruncated)
	if processor == "URLENCODED" || processor == "RAW" {
		t.set(ruleset.RequestBody, r.RequestBody)
		t.set(ruleset.RequestBodyLength, strconv.Itoa(len(r.RequestBody)))
	}
	t.xml(ruleset.RequestXML, r)
	if r.Err != "" {
		t.requestError(r.Err)
	}
}

func (t *Transaction) xml(c ruleset.Collection, r *body.Result) {
	for _, value := range r.XMLValues {
		t.add(c, "/*", value)
	}
	for _, value := range r.XMLAttributes {
		t.add(c, "//@*", value)
	}
}

func (t *Transaction) requestError(text string) {
	t.set(ruleset.ReqbodyError, "1")
	t.set(ruleset.ReqbodyErrorMsg, t.single[ruleset.ReqbodyProcessor]+": "+text)
	t.set(ruleset.ReqbodyProcessorError, "1")
	t.set(ruleset.ReqbodyProcessorErrorMsg, text)
}

// multipart sets what only a multipart body has.
func (t *Transaction) multipart(r *body.Result) {
	for i := range r.Files {
		f := &r.Files[i]
		size := strconv.Itoa(len(f.Content))
		t.add(ruleset.FilesNames, f.Field, f.Field)
		for _, name := range [...]string{f.Name, f.Other} {
			if name == "" {
				continue
			}
			t.add(ruleset.Files, f.Field, name)
			t.add(ruleset.FilesSizes, name, size)
		}
		t.add(ruleset.FilesTmpContent, f.Name, f.Content)
	}
	for _, name := range r.PartNames {
		t.add(ruleset.MultipartName, name, name)
	}
	t.addAll(ruleset.MultipartPartHeaders, r.PartHeaders)
	t.addAll(ruleset.MultipartFilename, r.PartFilenames)
	t.addAll(ruleset.MultipartFilenameCharset, r.FilenameCharsets)
	t.addAll(ruleset.MultipartFilenameLanguage, r.FilenameLanguages)
	if r.HasParts {
		t.set(ruleset.FilesCombinedSize, strconv.Itoa(r.PartsSize))
	} else {
		t.set(ruleset.FilesCombinedSize, "")
	}
	t.flag(ruleset.MultipartStrictError, r.StrictError)
	t.flag(ruleset.MultipartDuplicatePartHeader, r.DuplicatePartHeader)
	t.flag(ruleset.MultipartInvalidQuoting, r.InvalidQuoting)
}

func (t *Transaction) addAll(c ruleset.Collection, pairs []body.Pair) {
	for _, p := range pairs {
		t.add(c, p.Name, p.Value)
	}
}

// flag sets a variable to "1" if it is so.
func (t *Transaction) flag(c ruleset.Collection, is bool) {
	if is {
		t.set(c, "1")
	}
}

// ResponseHeader adds a header of the response.
func (t *Transaction) ResponseHeader(name, value string) {
	if name == "" {
		return
	}
	t.add(ruleset.ResponseHeaders, name, value)
	if t.keyed[ruleset.ResponseHeaders][len(t.keyed[ruleset.ResponseHeaders])-1].lower == "content-type" {
		kind, _, _ := strings.Cut(value, ";")
		t.set(ruleset.ResponseContentType, kind)
	}
}

// ResponseHeaders runs phase 3.
func (t *Transaction) ResponseHeaders(status int, protocol string) *Interruption {
	if t.mode == ruleset.Off {
		return nil
	}
	t.set(ruleset.ResponseStatus, strconv.Itoa(status))
	t.set(ruleset.ResponseProtocol, protocol)
	return t.run(3)
}

// WantsResponseBody tells, after phase 3, whether the body is to be looked at,
// and how many bytes of it at most.
func (t *Transaction) WantsResponseBody() (limit int64, ok bool) {
	if t.mode == ruleset.Off || !t.responseBody.access {
		return 0, false
	}
	if t.responseBody.force {
		return t.responseBody.limit, true
	}
	for _, kind := range t.e.set.Settings.ResponseContentTypes {
		if kind == t.single[ruleset.ResponseContentType] {
			return t.responseBody.limit, true
		}
	}
	return 0, false
}

// ResponseBody reads the body and runs phase 4. complete is false if there is
// more of the body than the limit.
func (t *Transaction) ResponseBody(b string, complete bool) *Interruption {
	if t.mode == ruleset.Off {
		return nil
	}
	if !complete {
		t.set(ruleset.OutboundDataError, "1")
		if t.e.set.Settings.ResponseLimitAction == ruleset.Reject {
			return t.limit(500)
		}
	}
	if _, ok := t.WantsResponseBody(); ok {
		t.readResponse(b)
	}
	return t.run(4)
}

func (t *Transaction) readResponse(b string) {
	r := &t.answer
	limits := body.Limits{Depth: t.e.set.Settings.ResponseJSONDepth, Arguments: t.e.set.Settings.ArgumentsLimit}
	switch t.single[ruleset.ResBodyProcessor] {
	case "JSON":
		body.JSON(b, limits, r)
		t.addAll(ruleset.ResponseArgs, r.Args)
	case "XML":
		body.XML(b, limits, r)
		t.xml(ruleset.ResponseXML, r)
	default:
		t.set(ruleset.ResponseContentLength, strconv.Itoa(len(b)))
		t.set(ruleset.ResponseBody, b)
		return
	}
	if r.Err != "" {
		t.set(ruleset.ResBodyError, "1")
		t.set(ruleset.ResBodyErrorMsg, t.single[ruleset.ResBodyProcessor]+": "+r.Err)
		t.set(ruleset.ResBodyProcessorError, "1")
		t.set(ruleset.ResBodyProcessorErrorMsg, r.Err)
	}
}

// Logging runs phase 5, in which nothing can be interrupted any more.
func (t *Transaction) Logging() { t.run(5) }
