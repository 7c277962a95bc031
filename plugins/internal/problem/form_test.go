package problem

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/policy"
)

func TestFormOf(t *testing.T) {
	tests := []struct {
		name                 string
		method, kind, accept string
		want                 Form
	}{
		{"a browser", "GET", "", "text/html", Document},
		{"a form", "POST", "application/x-www-form-urlencoded", "", Document},
		{"HEAD", "HEAD", "", "", Bodiless},
		{"HEAD that says gRPC", "HEAD", "application/grpc", "", Bodiless},
		{"gRPC", "POST", "application/grpc", "", GRPC},
		{"gRPC with a format", "POST", "application/grpc+proto", "", GRPC},
		{"gRPC with a parameter, which is none for Envoy", "POST", "application/grpc;charset=utf-8", "", Document},
		{"gRPC in another case, which is none for Envoy", "POST", "Application/gRPC+json", "", Document},
		{"gRPC-Web in another case", "POST", "Application/gRPC-Web+proto", "", GRPCWeb},
		{"gRPC-Web with a parameter", "POST", "application/grpc-web;x=y", "", GRPCWeb},
		{"a type that begins like it", "POST", "application/grpcx", "", Document},
		{"a type that begins like gRPC-Web", "POST", "application/grpc-webb", "", Document},
		{"gRPC-Web", "POST", "application/grpc-web", "", GRPCWeb},
		{"gRPC-Web with a format", "POST", "application/grpc-web+proto", "application/grpc-web+proto", GRPCWeb},
		{"gRPC-Web that reads text", "POST", "application/grpc-web+proto", "application/grpc-web-text", GRPCWebText},
		{"gRPC-Web as text", "POST", "application/grpc-web-text", "", GRPCWebText},
		{"gRPC-Web as text with a format", "POST", "application/grpc-web-text+proto", "application/grpc-web-text+proto", GRPCWebText},
		{"gRPC-Web as text that reads bytes", "POST", "application/grpc-web-text+proto", "application/grpc-web+proto, */*", GRPCWeb},
		{"gRPC-Web as text that reads anything", "POST", "application/grpc-web-text", "*/*", GRPCWebText},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			headers := policy.Headers{{Name: ":method", Value: tt.method}}
			if tt.kind != "" {
				headers = append(headers, policy.Header{Name: "content-type", Value: tt.kind})
			}
			if tt.accept != "" {
				headers = append(headers, policy.Header{Name: "accept", Value: tt.accept})
			}
			if got := FormOf(headers); got != tt.want {
				t.Errorf("FormOf = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestAnswerOfGRPC(t *testing.T) {
	tests := []struct {
		name          string
		status        int
		detail, id    string
		code, message string
	}{
		{"no token", 401, "", "", "16", "Title"},
		{"a token that is not good", 401, "the token expired", "7b1e-44", "16", "the token expired (incident 7b1e-44)"},
		{"too few scopes", 403, "", "", "7", "Title"},
		{"a bad request", 400, "", "", "3", "Title"},
		{"a fault of the gateway", 500, "", "", "13", "Title"},
		{"keys that cannot be had", 503, "", "", "14", "Title"},
		{"too many requests", 429, "", "", "8", "Title"},
		{"a status without a meaning", 418, "", "", "2", "Title"},
		{"a message that needs an escape", 403, "100 % é\r\n", "", "7", "100 %25 %C3%A9%0D%0A"},
		{"an incident id that a client made up", 403, "no", "a b", "7", "no"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := Answer(GRPC, tt.status, "Title", tt.detail, tt.id)
			want := policy.Headers{
				{Name: "content-type", Value: "application/grpc"},
				{Name: "grpc-status", Value: tt.code},
				{Name: "grpc-message", Value: tt.message},
			}
			if r.Status != 200 || r.Body != nil || len(r.Headers) != len(want) {
				t.Fatalf("%+v, want %q", r, want)
			}
			for i := range want {
				if r.Headers[i] != want[i] {
					t.Errorf("header %q, want %q", r.Headers[i], want[i])
				}
			}
			trailers := "grpc-status:" + tt.code + "\r\ngrpc-message:" + tt.message + "\r\n"
			frame := "\x80\x00\x00\x00" + string(rune(len(trailers))) + trailers
			web := Answer(GRPCWeb, tt.status, "Title", tt.detail, tt.id)
			if kind, _ := web.Headers.First("content-type"); kind != "application/grpc-web+proto" || web.Status != 200 || string(web.Body) != frame {
				t.Errorf("gRPC-Web: %d %s %q, want %q", web.Status, kind, web.Body, frame)
			}
			text := Answer(GRPCWebText, tt.status, "Title", tt.detail, tt.id)
			decoded, err := base64.StdEncoding.DecodeString(string(text.Body))
			if kind, _ := text.Headers.First("content-type"); kind != "application/grpc-web-text+proto" || err != nil || string(decoded) != frame {
				t.Errorf("gRPC-Web as text: %s %q, %v, want %q", kind, decoded, err, frame)
			}
		})
	}
}

func TestUnavailable(t *testing.T) {
	for after, want := range map[time.Duration]string{0: "1", -time.Hour: "1", time.Millisecond: "1", time.Second: "1", 1001 * time.Millisecond: "2", time.Minute: "60"} {
		r := Unavailable(Document, after, "no keys", "")
		got, _ := r.Headers.First("retry-after")
		if got != want || r.Status != 503 || !strings.Contains(string(r.Body), `"detail":"no keys"`) {
			t.Errorf("after %v: %d, %q, %s, want %q", after, r.Status, got, r.Body, want)
		}
	}
	if r := Unavailable(Bodiless, 0, "no keys", ""); r.Body != nil || r.Status != 503 {
		t.Errorf("HEAD: %+v", r)
	}
}

// FuzzMessage: what is written is printable ASCII, and decodes to what was meant.
func FuzzMessage(f *testing.F) {
	f.Add("the token expired")
	f.Add("100 %\xff\r\n")
	f.Fuzz(func(t *testing.T, s string) {
		encoded := encodeMessage(s)
		for i := 0; i < len(encoded); i++ {
			if encoded[i] < ' ' || encoded[i] > '~' {
				t.Fatalf("encodeMessage(%q) = %q", s, encoded)
			}
		}
		if decoded, err := url.PathUnescape(encoded); err != nil || decoded != s {
			t.Fatalf("encodeMessage(%q) = %q, which is %q, %v", s, encoded, decoded, err)
		}
	})
}
