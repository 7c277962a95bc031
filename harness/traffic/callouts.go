package traffic

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"gatehouse/harness"
)

// Callouts are declared answers to the calls plugins make themselves.
type Callouts struct {
	// Clusters are names that exist beside those of the answers.
	Clusters []string
	// HTTP and GRPC are in the order in which they are tried.
	HTTP []harness.HTTPCallout
	GRPC []harness.GRPCCallout
}

// ReadCallouts reads declared answers from YAML or JSON:
//
//	clusters: [logs]               # exist, and are not reachable
//	http:
//	- cluster: idp                 # required
//	  method: GET                  # these three narrow it down
//	  path: /jwks
//	  authority: idp.example.com
//	  times: 1                     # answers so many calls; 0 is any number
//	  status: 200                  # 200 by default
//	  headers: [[content-type, application/json]]
//	  body: '{"keys": []}'         # or body_base64
//	  trailers: [[x-end, "1"]]
//	  delay: 20ms
//	  reset: false                 # true fails behind the headers
//	- cluster: dead
//	  unreachable: true            # or silent: true, which never answers
//	grpc:
//	- cluster: ratelimit           # required
//	  service: envoy.service.ratelimit.v3.RateLimitService
//	  method: ShouldRateLimit
//	  times: 0
//	  status: 0                    # gRPC status code
//	  status_message: ""
//	  messages_base64: [CAE=]
//	  initial_metadata: [[a, b]]
//	  trailing_metadata: [[a, b]]
//	  delay: 5ms
//	  silent: false
//
// name is only for errors, which are of type *Error. Unknown keys are errors.
func ReadCallouts(name string, data []byte) (*Callouts, error) {
	fail := func(where, format string, args ...any) error {
		return &Error{File: name, Where: where, Problem: fmt.Sprintf(format, args...)}
	}
	var file calloutFile
	if err := yaml.UnmarshalStrict(data, &file); err != nil {
		return nil, fail("", "%s", yamlProblem(err))
	}
	callouts := &Callouts{Clusters: file.Clusters}
	for i, h := range file.HTTP {
		callout, err := h.callout()
		if err != nil {
			return nil, fail(fmt.Sprintf("http[%d]", i), "%s", err)
		}
		callouts.HTTP = append(callouts.HTTP, callout)
	}
	for i, g := range file.GRPC {
		callout, err := g.callout()
		if err != nil {
			return nil, fail(fmt.Sprintf("grpc[%d]", i), "%s", err)
		}
		callouts.GRPC = append(callouts.GRPC, callout)
	}
	return callouts, nil
}

type calloutFile struct {
	Clusters []string      `json:"clusters"`
	HTTP     []httpCallout `json:"http"`
	GRPC     []grpcCallout `json:"grpc"`
}

type httpCallout struct {
	Cluster     string      `json:"cluster"`
	Method      string      `json:"method"`
	Path        string      `json:"path"`
	Authority   string      `json:"authority"`
	Times       int         `json:"times"`
	Status      *int        `json:"status"`
	Headers     [][2]string `json:"headers"`
	Body        string      `json:"body"`
	BodyBase64  string      `json:"body_base64"`
	Trailers    [][2]string `json:"trailers"`
	Delay       string      `json:"delay"`
	Reset       bool        `json:"reset"`
	Unreachable bool        `json:"unreachable"`
	Silent      bool        `json:"silent"`
}

type grpcCallout struct {
	Cluster          string      `json:"cluster"`
	Service          string      `json:"service"`
	Method           string      `json:"method"`
	Times            int         `json:"times"`
	Status           int         `json:"status"`
	StatusMessage    string      `json:"status_message"`
	MessagesBase64   []string    `json:"messages_base64"`
	InitialMetadata  [][2]string `json:"initial_metadata"`
	TrailingMetadata [][2]string `json:"trailing_metadata"`
	Delay            string      `json:"delay"`
	Silent           bool        `json:"silent"`
}

func (h *httpCallout) callout() (c harness.HTTPCallout, err error) {
	if h.Cluster == "" {
		return c, errors.New("no cluster, want the name the plugin calls")
	}
	if h.Times < 0 {
		return c, fmt.Errorf("times %d, want at least 0", h.Times)
	}
	status := 200
	if h.Status != nil {
		status = *h.Status
	}
	if status < 100 || status > 599 {
		return c, fmt.Errorf("status %d, want 100 to 599", status)
	}
	if h.Unreachable && h.Silent {
		return c, errors.New("unreachable and silent, want one of them")
	}
	if h.Body != "" && h.BodyBase64 != "" {
		return c, errors.New("body and body_base64, want one of them")
	}
	c = harness.HTTPCallout{
		Cluster: h.Cluster, Method: h.Method, Path: h.Path, Authority: h.Authority, Times: h.Times,
		Unreachable: h.Unreachable, Silent: h.Silent,
	}
	c.Response.Reset = h.Reset
	fields, err := calloutFields(h.Headers)
	if err != nil {
		return c, fmt.Errorf("headers: %w", err)
	}
	c.Response.Headers = responseHeaders(status, fields)
	if c.Response.Trailers, err = calloutFields(h.Trailers); err != nil {
		return c, fmt.Errorf("trailers: %w", err)
	}
	if c.Response.Delay, err = calloutDelay(h.Delay); err != nil {
		return c, err
	}
	body := []byte(h.Body)
	if h.BodyBase64 != "" {
		if body, err = decodeBase64(h.BodyBase64); err != nil {
			return c, fmt.Errorf("body_base64: %w", err)
		}
	}
	if len(body) > 0 {
		c.Response.Body = [][]byte{body}
	}
	return c, nil
}

func (g *grpcCallout) callout() (c harness.GRPCCallout, err error) {
	if g.Cluster == "" {
		return c, errors.New("no cluster, want the name the plugin calls")
	}
	if g.Times < 0 {
		return c, fmt.Errorf("times %d, want at least 0", g.Times)
	}
	if g.Status < 0 || g.Status > 16 {
		return c, fmt.Errorf("status %d, want a gRPC status code, 0 to 16", g.Status)
	}
	c = harness.GRPCCallout{
		Cluster: g.Cluster, Service: g.Service, Method: g.Method, Times: g.Times,
		Status: g.Status, StatusMessage: g.StatusMessage, Silent: g.Silent,
	}
	for i, message := range g.MessagesBase64 {
		bytes, err := base64.StdEncoding.DecodeString(message)
		if err != nil {
			return c, fmt.Errorf("messages_base64[%d]: not base64: %w", i, err)
		}
		c.Messages = append(c.Messages, bytes)
	}
	if c.InitialMetadata, err = calloutFields(g.InitialMetadata); err != nil {
		return c, fmt.Errorf("initial_metadata: %w", err)
	}
	if c.TrailingMetadata, err = calloutFields(g.TrailingMetadata); err != nil {
		return c, fmt.Errorf("trailing_metadata: %w", err)
	}
	c.Delay, err = calloutDelay(g.Delay)
	return c, err
}

func calloutFields(pairs [][2]string) ([]harness.Header, error) {
	var fields []harness.Header
	for _, pair := range pairs {
		f, err := field(pair[0], pair[1], false)
		if err != nil {
			return nil, err
		}
		fields = append(fields, f)
	}
	return fields, nil
}

func calloutDelay(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := duration(text)
	if err != nil {
		return 0, fmt.Errorf("delay: %w", err)
	}
	return d, nil
}

// yamlProblem puts the library's message on one line, without the names of its
// stages.
func yamlProblem(err error) string {
	problem := err.Error()
	for _, prefix := range []string{"error converting YAML to JSON: ", "error unmarshaling JSON: ", "while decoding JSON: ", "yaml: ", "json: "} {
		problem = strings.TrimPrefix(problem, prefix)
	}
	parts := strings.FieldsFunc(problem, func(r rune) bool { return r == '\n' || r == '\r' })
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return "not a file of callouts: " + strings.Join(parts, " ")
}
