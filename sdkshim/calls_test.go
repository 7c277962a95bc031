//go:build !wasip1

package sdkshim

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"
)

// fake is a host that answers gRPC callouts with tokens and notes what it got.
type fake struct {
	Unimplemented
	during  func(token GRPCToken) // runs inside a start, as a proxy may call back
	err     error
	service []byte
	names   [2]string
	pairs   []byte
	timeout uint32
	last    GRPCToken
	foreign func(name string, argument []byte) ([]byte, error)
}

func (f *fake) GRPCCall(grpcService []byte, service, method string, metadata, _ []byte, timeout uint32) (GRPCToken, error) {
	f.timeout = timeout
	return f.GRPCStream(grpcService, service, method, metadata)
}

func (f *fake) GRPCStream(grpcService []byte, service, method string, metadata []byte) (GRPCToken, error) {
	f.last++
	f.service, f.names, f.pairs = grpcService, [2]string{service, method}, metadata
	if f.during != nil {
		f.during(f.last)
	}
	return f.last, f.err
}

func (f *fake) GRPCCancel(GRPCToken) error { return nil }

func (f *fake) CallForeign(name string, argument []byte) ([]byte, error) {
	return f.foreign(name, argument)
}

// heard counts the callbacks of a callout.
type heard struct {
	messages, initial, trailing []int
	closed                      []uint32
}

func (h *heard) events() GRPCEvents {
	return GRPCEvents{
		InitialMetadata:  func(n int) { h.initial = append(h.initial, n) },
		TrailingMetadata: func(n int) { h.trailing = append(h.trailing, n) },
		Message:          func(size int) { h.messages = append(h.messages, size) },
		Closed:           func(code uint32) { h.closed = append(h.closed, code) },
	}
}

var check = GRPCRequest{Cluster: "users", Service: "a.b.C", Method: "Check", Timeout: time.Second, Metadata: [][2]string{{"x", "yz"}}}

func TestAClusterIsNamedInASerializedGRPCService(t *testing.T) {
	f := &fake{}
	defer SetHost(f)()
	if _, err := GRPCCall(check, GRPCEvents{}); err != nil {
		t.Fatal(err)
	}
	if want := []byte("\x0a\x07\x0a\x05users"); !bytes.Equal(f.service, want) {
		t.Errorf("service = %q, want %q", f.service, want)
	}
	if want := [2]string{"a.b.C", "Check"}; f.names != want {
		t.Errorf("names = %q, want %q", f.names, want)
	}
	if f.timeout != 1000 {
		t.Errorf("timeout = %d ms, want 1000", f.timeout)
	}
	if pairs, err := deserialize(f.pairs); err != nil || !slices.Equal(pairs, check.Metadata) {
		t.Errorf("metadata = %v, %v; want %v", pairs, err, check.Metadata)
	}
}

func TestACallEndsWithItsMessageOrItsFailure(t *testing.T) {
	defer SetHost(&fake{})()
	var good, bad heard
	first, err1 := GRPCCall(check, good.events())
	second, err2 := GRPCCall(check, bad.events())
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	GRPCReceived(first, 7)
	GRPCReceived(first, 8)
	GRPCClosed(first, 0)
	GRPCClosed(second, 14)
	GRPCClosed(second, 14)
	if !slices.Equal(good.messages, []int{7}) || good.closed != nil {
		t.Errorf("the answered call heard %+v, want one message of 7", good)
	}
	if !slices.Equal(bad.closed, []uint32{14}) || bad.messages != nil {
		t.Errorf("the failed call heard %+v, want closed with 14", bad)
	}
	if len(callouts) != 0 {
		t.Errorf("%d callouts left, want 0", len(callouts))
	}
}

func TestAStreamHearsAllUntilItIsClosed(t *testing.T) {
	defer SetHost(&fake{})()
	var h heard
	token, err := GRPCOpen("users", "a.b.C", "Watch", nil, h.events())
	if err != nil {
		t.Fatal(err)
	}
	GRPCInitialMetadataReceived(token, 2)
	GRPCReceived(token, 7)
	GRPCReceived(token, 8)
	GRPCTrailingMetadataReceived(token, 1)
	GRPCClosed(token, 0)
	GRPCReceived(token, 9)
	if !slices.Equal(h.initial, []int{2}) || !slices.Equal(h.messages, []int{7, 8}) ||
		!slices.Equal(h.trailing, []int{1}) || !slices.Equal(h.closed, []uint32{0}) {
		t.Errorf("heard %+v", h)
	}
}

func TestACancelledCalloutHearsNothing(t *testing.T) {
	defer SetHost(&fake{})()
	var h heard
	token, err := GRPCOpen("users", "a.b.C", "Watch", nil, h.events())
	if err != nil {
		t.Fatal(err)
	}
	if err := token.Cancel(); err != nil {
		t.Fatal(err)
	}
	GRPCReceived(token, 7)
	GRPCClosed(token, 1)
	if h.messages != nil || h.closed != nil {
		t.Errorf("heard %+v, want nothing", h)
	}
}

func TestACalloutThatIsClosedWhileItStarts(t *testing.T) {
	f := &fake{during: func(token GRPCToken) { GRPCClosed(token, 14) }}
	defer SetHost(f)()
	var h heard
	if _, err := GRPCCall(check, h.events()); err != nil || !slices.Equal(h.closed, []uint32{14}) {
		t.Errorf("started: %v, heard %+v; want closed with 14", err, h)
	}
	f.err = StatusInternalFailure
	h = heard{}
	if _, err := GRPCCall(check, h.events()); !errors.Is(err, StatusInternalFailure) || h.closed != nil {
		t.Errorf("refused: %v, heard %+v; want the status and no callback", err, h)
	}
	if len(callouts) != 0 {
		t.Errorf("%d callouts left, want 0", len(callouts))
	}
}

func TestCalloutsThatCannotBe(t *testing.T) {
	defer SetHost(&fake{})()
	tests := []struct {
		name   string
		change func(*GRPCRequest)
		want   string
	}{
		{"no cluster", func(r *GRPCRequest) { r.Cluster = "" }, "grpc: cluster: none, want a name"},
		{"a service with its method", func(r *GRPCRequest) { r.Service = "a.b.C/Check" }, "grpc: service: a.b.C/Check, want a name without /"},
		{"no method", func(r *GRPCRequest) { r.Method = "" }, "grpc: method: , want a name without /"},
		{"no timeout", func(r *GRPCRequest) { r.Timeout = 0 }, "grpc call: timeout: 0s, want 1ms to 596h"},
		{"less than Envoy counts", func(r *GRPCRequest) { r.Timeout = time.Microsecond }, "grpc call: timeout: 1µs, want 1ms to 596h"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := check
			tt.change(&r)
			if _, err := GRPCCall(r, GRPCEvents{}); err == nil || err.Error() != tt.want {
				t.Errorf("err = %v, want %s", err, tt.want)
			}
		})
	}
}

func TestVerifySignatureReadsTheAnswer(t *testing.T) {
	tests := []struct {
		name   string
		answer string
		want   bool
		broken bool
	}{
		{"verified", "\x08\x01", true, false},
		{"not verified, with a reason", "\x12\x03bad", false, false},
		{"nothing at all", "", false, false},
		{"false by name", "\x08\x00", false, false},
		{"the last of two counts", "\x08\x01\x08\x00", false, false},
		{"a result that is no bool", "\x08\x02", false, false},
		{"the result under another wire type", "\x0a\x01\x01", false, false},
		{"cut short", "\x08", false, true},
		{"an error longer than the answer", "\x08\x01\x12\x09bad", false, true},
		{"a wire type that is not there", "\x08\x01\x0f\x00", false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []byte
			defer SetHost(&fake{foreign: func(name string, argument []byte) ([]byte, error) {
				if name != "verify_signature" {
					t.Errorf("name = %q", name)
				}
				got = argument
				return []byte(tt.answer), nil
			}})()
			ok, err := VerifySignature("sha256", []byte("k"), []byte("s"), []byte("t"))
			if ok != tt.want || (err != nil) != tt.broken {
				t.Errorf("= %v, %v; want %v, broken %v", ok, err, tt.want, tt.broken)
			}
			if want := "\x0a\x06sha256\x12\x01k\x1a\x01s\x22\x01t"; string(got) != want {
				t.Errorf("argument = %q, want %q", got, want)
			}
		})
	}
}

func TestWithoutAHostAllIsUnimplemented(t *testing.T) {
	_, call := GRPCCall(check, GRPCEvents{})
	_, verify := VerifySignature("sha256", nil, nil, nil)
	_, level := LogLevel()
	_, size := BufferSize(BufferRequestBody)
	for i, err := range []error{call, verify, level, size, SetEnvoyFilterState("k", "v", FilterChain), SetEffectiveContext(1)} {
		if !errors.Is(err, StatusUnimplemented) {
			t.Errorf("%d: err = %v, want unimplemented", i, err)
		}
	}
	if !Now().IsZero() {
		t.Error("a time without a clock")
	}
}

func FuzzDeserialize(f *testing.F) {
	f.Add([]byte{})
	f.Add(serialize(nil))
	f.Add(serialize([][2]string{{":path", "/"}, {"a", ""}}))
	f.Add([]byte("\xff\xff\xff\xff\x00\x00\x00\x00"))
	f.Add([]byte("\x01\x00\x00\x00\xff\xff\xff\xff\x00\x00\x00\x00ab"))
	f.Fuzz(func(t *testing.T, b []byte) {
		pairs, err := deserialize(b)
		if err != nil {
			if !errors.Is(err, StatusSerializationFailure) {
				t.Errorf("err = %v, want a serialization failure", err)
			}
			return
		}
		again, err := deserialize(serialize(pairs))
		if err != nil || !slices.Equal(again, pairs) {
			t.Errorf("%q came back as %q, %v", pairs, again, err)
		}
	})
}
