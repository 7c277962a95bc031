package traffic

import (
	"reflect"
	"testing"
	"time"

	"gatehouse/harness"
)

func TestReadCallouts(t *testing.T) {
	file := `
clusters: [logs]
http:
- cluster: idp
  method: GET
  path: /jwks
  authority: idp.example.com
  times: 1
  status: 503
  headers: [[Content-Type, application/json]]
  body: '{"keys": []}'
  trailers: [[x-end, "1"]]
  delay: 20ms
  reset: true
- cluster: dead
  unreachable: true
grpc:
- cluster: ratelimit
  service: s
  method: m
  status: 5
  status_message: gone
  messages_base64: [CAE=]
  initial_metadata: [[a, b]]
  trailing_metadata: [[c, d]]
  delay: 5ms
`
	got, err := ReadCallouts("c.yaml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	want := &Callouts{
		Clusters: []string{"logs"},
		HTTP: []harness.HTTPCallout{
			{
				Cluster: "idp", Method: "GET", Path: "/jwks", Authority: "idp.example.com", Times: 1,
				Response: harness.Message{
					Headers: []harness.Header{{Name: ":status", Value: "503"}, {Name: "content-type", Value: "application/json"}},
					Body:    [][]byte{[]byte(`{"keys": []}`)}, Trailers: []harness.Header{{Name: "x-end", Value: "1"}},
					Delay: 20 * time.Millisecond, Reset: true,
				},
			},
			{Cluster: "dead", Unreachable: true, Response: harness.Message{Headers: []harness.Header{{Name: ":status", Value: "200"}}}},
		},
		GRPC: []harness.GRPCCallout{{
			Cluster: "ratelimit", Service: "s", Method: "m", Status: 5, StatusMessage: "gone", Messages: [][]byte{{8, 1}},
			InitialMetadata:  []harness.Header{{Name: "a", Value: "b"}},
			TrailingMetadata: []harness.Header{{Name: "c", Value: "d"}}, Delay: 5 * time.Millisecond,
		}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestReadCalloutsErrors(t *testing.T) {
	tests := []struct{ name, file, want string }{
		{"unknown key", "http: [{cluster: a, stauts: 200}]", `c.yaml: not a file of callouts: unknown field "stauts"`},
		{"no cluster", "http: [{status: 200}]", `c.yaml: http[0]: no cluster, want the name the plugin calls`},
		{"status out of range", "http: [{cluster: a, status: 0}]", `c.yaml: http[0]: status 0, want 100 to 599`},
		{"two answers", "http: [{cluster: a, silent: true, unreachable: true}]", `c.yaml: http[0]: unreachable and silent, want one of them`},
		{"two bodies", "http: [{cluster: a, body: x, body_base64: eA==}]", `c.yaml: http[0]: body and body_base64, want one of them`},
		{"bad delay", "http: [{cluster: a, delay: soon}]", `c.yaml: http[0]: delay: duration "soon", want one like 1.5s`},
		{"bad header", `http: [{cluster: a, headers: [["a b", c]]}]`, `c.yaml: http[0]: headers: header name "a b", want a token (RFC 9110, Section 5.6.2)`},
		{"bad message", "grpc: [{cluster: a, messages_base64: ['*']}]", `c.yaml: grpc[0]: messages_base64[0]: not base64: illegal base64 data at input byte 0`},
		{"gRPC status out of range", "grpc: [{cluster: a, status: 200}]", `c.yaml: grpc[0]: status 200, want a gRPC status code, 0 to 16`},
		{"not YAML", "http: [", `c.yaml: not a file of callouts: line 1: did not find expected node content`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := ReadCallouts("c.yaml", []byte(test.file))
			if err == nil || err.Error() != test.want {
				t.Errorf("error %v\nwant  %s", err, test.want)
			}
		})
	}
}

func TestProperty(t *testing.T) {
	tests := []struct{ key, value, path, encoded, problem string }{
		{"source.address", "203.0.113.7:4711", "source.address", "203.0.113.7:4711", ""},
		{"connection.mtls:bool", "true", "connection.mtls", "\x01", ""},
		{"connection.mtls:bool", "false", "connection.mtls", "\x00", ""},
		{"source.port:int", "258", "source.port", "\x02\x01\x00\x00\x00\x00\x00\x00", ""},
		{"request.duration:duration", "1us", "request.duration", "\xe8\x03\x00\x00\x00\x00\x00\x00", ""},
		{"request.time:time", "1970-01-01T00:00:00.000001Z", "request.time", "\xe8\x03\x00\x00\x00\x00\x00\x00", ""},
		{"source.port:int", "x", "", "", `property source.port: "x", want a whole number`},
		{"connection.mtls:bool", "1", "", "", `property connection.mtls: "1", want true or false`},
		{"a:float", "1", "", "", `property a: type "float", want text, int, bool, time or duration`},
		{"", "1", "", "", `property "", want a path such as source.address`},
		{"a..b", "1", "", "", `property "a..b", want a path such as source.address`},
	}
	for _, test := range tests {
		path, encoded, err := Property(test.key, test.value)
		problem := ""
		if err != nil {
			problem = err.Error()
		}
		if path != test.path || string(encoded) != test.encoded || problem != test.problem {
			t.Errorf("Property(%q, %q) = %q, %q, %q, want %q, %q, %q", test.key, test.value, path, encoded, problem, test.path, test.encoded, test.problem)
		}
	}
}
