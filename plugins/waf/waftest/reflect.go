package waftest

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Reflect is the backend that the regression tests are written for: the endpoint
// /reflect of albedo (github.com/coreruleset/albedo), behind the handler of Coraza's
// own run, which labels all answers text/plain. A POST to /reflect is answered as
// the JSON in its body says:
//
//	{"status": 200, "headers": {"name": "value"}, "body": "text", "encodedBody": "base64"}
//
// Everything else is answered by an empty 200, for which nil stands.
func Reflect(req *Request) *Response {
	target, _, _ := strings.Cut(req.URI, "?")
	if req.Refused != 0 || req.Method != "POST" || target != "/reflect" && !strings.HasPrefix(target, "/reflect/") {
		return nil
	}
	resp := &Response{Status: 200, Protocol: req.Protocol, Headers: [][2]string{{"Content-Type", "text/plain"}}}
	var spec struct {
		Status      int               `json:"status"`
		Headers     map[string]string `json:"headers"`
		Body        string            `json:"body"`
		EncodedBody string            `json:"encodedBody"`
	}
	if err := json.Unmarshal(req.Body, &spec); err != nil {
		resp.Status, resp.Body = 400, []byte("Invalid JSON in request body")
		return resp
	}
	names := make([]string, 0, len(spec.Headers))
	for name := range spec.Headers {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		resp.Headers = append(resp.Headers, [2]string{name, spec.Headers[name]})
	}
	if spec.Status > 0 && spec.Status < 100 || spec.Status >= 600 {
		resp.Status, resp.Body = 400, []byte("Invalid status code: "+strconv.Itoa(spec.Status))
		return resp
	}
	if spec.Status != 0 {
		resp.Status = spec.Status
	}
	resp.Body = []byte(spec.Body)
	if spec.Body == "" && spec.EncodedBody != "" {
		body, err := base64.StdEncoding.DecodeString(spec.EncodedBody)
		if err != nil {
			body = []byte("invalid base64 encoding of response body")
		}
		resp.Body = body
	}
	return resp
}
