package global

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	descriptor "github.com/envoyproxy/go-control-plane/envoy/extensions/common/ratelimit/v3"
	rls "github.com/envoyproxy/go-control-plane/envoy/service/ratelimit/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

func encode(domain string, r *Request, hits int64) []byte {
	return appendHits(appendDescriptor(nil, domain, r, hits > 0), hits)
}

func TestRequestsAsTheGeneratedTypesReadThem(t *testing.T) {
	limit := func(requests uint32, unit typev3.RateLimitUnit) *descriptor.RateLimitDescriptor_RateLimitOverride {
		return &descriptor.RateLimitDescriptor_RateLimitOverride{RequestsPerUnit: requests, Unit: unit}
	}
	tests := []struct {
		name    string
		request Request
		hits    int64
		want    *descriptor.RateLimitDescriptor
		addend  uint32
	}{
		{"one entry", Request{Entries: []Entry{{"limit", "monthly"}}}, 1,
			&descriptor.RateLimitDescriptor{Entries: []*descriptor.RateLimitDescriptor_Entry{{Key: "limit", Value: "monthly"}}}, 1},
		{"a batch and an override", Request{Entries: []Entry{{"limit", "a"}, {"client", "b"}}, Override: Override{5, Month}}, 4096,
			&descriptor.RateLimitDescriptor{Entries: []*descriptor.RateLimitDescriptor_Entry{{Key: "limit", Value: "a"}, {Key: "client", Value: "b"}}, Limit: limit(5, typev3.RateLimitUnit_MONTH)}, 4096},
		{"a week", Request{Override: Override{1, Week}}, 1, &descriptor.RateLimitDescriptor{Limit: limit(1, 7)}, 1},
		{"a limit of nothing", Request{Override: Override{0, Second}}, 1, &descriptor.RateLimitDescriptor{Limit: limit(0, typev3.RateLimitUnit_SECOND)}, 1},
		{"no hits ask without counting", Request{Entries: []Entry{{"limit", "a"}}}, 0,
			&descriptor.RateLimitDescriptor{Entries: []*descriptor.RateLimitDescriptor_Entry{{Key: "limit", Value: "a"}}, HitsAddend: &wrapperspb.UInt64Value{}}, 0},
		{"more hits than there is room for", Request{}, 1 << 40, &descriptor.RateLimitDescriptor{}, 1<<32 - 1},
		{"a unit that there is not is not sent", Request{Override: Override{5, Week + 1}}, 1, &descriptor.RateLimitDescriptor{}, 1},
		{"no unit is no override", Request{Override: Override{5, Unknown}}, 1, &descriptor.RateLimitDescriptor{}, 1},
		{"bytes that are no text", Request{Entries: []Entry{{"client", "a\xffb\xc3(\xed\xa0\x80"}}}, 1,
			&descriptor.RateLimitDescriptor{Entries: []*descriptor.RateLimitDescriptor_Entry{{Key: "client", Value: "a\uFFFDffb\uFFFDc3(\uFFFDed\uFFFDa0\uFFFD80"}}}, 1},
		{"empty entries", Request{Entries: []Entry{{}, {"a", ""}}}, 1,
			&descriptor.RateLimitDescriptor{Entries: []*descriptor.RateLimitDescriptor_Entry{{}, {Key: "a"}}}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := &rls.RateLimitRequest{Domain: "gatehouse", Descriptors: []*descriptor.RateLimitDescriptor{tt.want}, HitsAddend: tt.addend}
			var got rls.RateLimitRequest
			if err := proto.Unmarshal(encode("gatehouse", &tt.request, tt.hits), &got); err != nil || !proto.Equal(&got, want) {
				t.Errorf("%v, %v; want %v", &got, err, want)
			}
		})
	}
}

// FuzzRequest: whatever an entry holds, the service can read the request, and reads
// what was meant.
func FuzzRequest(f *testing.F) {
	f.Add("client", "alice", uint32(5), uint8(1), int64(1))
	f.Add("\xff", "\xed\xa0\x80", uint32(0), uint8(200), int64(-1))
	f.Fuzz(func(t *testing.T, key, value string, requests uint32, unit uint8, hits int64) {
		r := Request{Entries: []Entry{{key, value}, {value, key}}, Override: Override{requests, Unit(unit)}}
		var got rls.RateLimitRequest
		if err := proto.Unmarshal(encode("domain", &r, hits), &got); err != nil {
			t.Fatal(err)
		}
		d := got.Descriptors[0]
		if len(d.Entries) != 2 || got.Domain != "domain" || int64(got.HitsAddend) != min(max(hits, 0), maxHits) {
			t.Fatalf("%v", &got)
		}
		if utf8.ValidString(key) && utf8.ValidString(value) && (d.Entries[0].Key != key || d.Entries[0].Value != value) {
			t.Fatalf("entry %v, want %q %q", d.Entries[0], key, value)
		}
		if known := unit >= 1 && unit <= 7; known != (d.Limit != nil) || known && (d.Limit.RequestsPerUnit != requests || d.Limit.Unit != typev3.RateLimitUnit(unit)) {
			t.Fatalf("limit %v", d.Limit)
		}
	})
}

// oracle is decodeResponse by the generated types.
func oracle(b []byte) (r response, ok bool) {
	var m rls.RateLimitResponse
	if proto.Unmarshal(b, &m) != nil {
		return response{}, false
	}
	r.code = int32(m.OverallCode)
	if r.code != codeOK && r.code != codeOverLimit {
		return response{}, false
	}
	if len(m.Statuses) > 0 {
		s := m.Statuses[0]
		r.status, r.statusCode, r.remaining = true, int32(s.Code), s.LimitRemaining
		if s.CurrentLimit != nil {
			r.limited, r.requests = true, s.CurrentLimit.RequestsPerUnit
			if unit := s.CurrentLimit.Unit; unit >= 0 && unit <= 7 {
				r.unit = Unit(unit)
			}
		}
		if d := s.DurationUntilReset; d != nil && d.IsValid() && d.Seconds >= 0 && d.Nanos >= 0 && d.Seconds < int64(maxReset/time.Second) {
			r.reset = time.Duration(d.Seconds)*time.Second + time.Duration(d.Nanos)
		}
	}
	return r, true
}

func status(code rls.RateLimitResponse_Code, requests uint32, unit rls.RateLimitResponse_RateLimit_Unit, remaining uint32, reset time.Duration) *rls.RateLimitResponse_DescriptorStatus {
	return &rls.RateLimitResponse_DescriptorStatus{
		Code: code, LimitRemaining: remaining, DurationUntilReset: durationpb.New(reset),
		CurrentLimit: &rls.RateLimitResponse_RateLimit{Name: "name", RequestsPerUnit: requests, Unit: unit},
	}
}

func responses(t testing.TB) [][]byte {
	t.Helper()
	var all [][]byte
	for _, m := range []*rls.RateLimitResponse{
		{OverallCode: rls.RateLimitResponse_OK},
		{OverallCode: rls.RateLimitResponse_OVER_LIMIT},
		{OverallCode: rls.RateLimitResponse_OK, Statuses: []*rls.RateLimitResponse_DescriptorStatus{{Code: rls.RateLimitResponse_OK}}},
		{OverallCode: rls.RateLimitResponse_OK, RawBody: []byte("body"), Statuses: []*rls.RateLimitResponse_DescriptorStatus{
			status(rls.RateLimitResponse_OVER_LIMIT, 100, rls.RateLimitResponse_RateLimit_MONTH, 0, 25*24*time.Hour),
			status(rls.RateLimitResponse_OK, 1, rls.RateLimitResponse_RateLimit_SECOND, 1, time.Second)}},
		{OverallCode: rls.RateLimitResponse_OVER_LIMIT, Statuses: []*rls.RateLimitResponse_DescriptorStatus{
			status(rls.RateLimitResponse_OVER_LIMIT, 1<<32-1, rls.RateLimitResponse_RateLimit_WEEK, 1<<32-1, 1500*time.Millisecond)}},
		{OverallCode: rls.RateLimitResponse_OK, Statuses: []*rls.RateLimitResponse_DescriptorStatus{
			status(rls.RateLimitResponse_OK, 1, 99, 1, -time.Second)}},
	} {
		b, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

func TestResponsesAsTheGeneratedTypesReadThem(t *testing.T) {
	read := 0
	for _, b := range responses(t) {
		got, err := decodeResponse(b)
		want, ok := oracle(b)
		if err != nil || !ok || got != want {
			t.Errorf("%x: %+v, %v; want %+v, %t", b, got, err, want, ok)
		}
		read++
	}
	if read != 6 {
		t.Errorf("read %d, want 6", read)
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "an unknown code": {8, 0}, "a code that there is not": {8, 3}, "a broken tag": {0xff},
		"a length that is too long": {8, 1, 0x12, 5}, "a broken status": {8, 1, 0x12, 1, 0xff}, "an end without a group": {8, 1, 0x0c},
		"text": []byte("upstream connect error"), "a broken limit": {8, 1, 0x12, 3, 0x12, 1, 0xff}, "a broken duration": {8, 1, 0x12, 3, 0x22, 1, 8},
	} {
		if r, err := decodeResponse(b); err == nil {
			t.Errorf("%s is %+v", name, r)
		}
	}
}

// TestBrokenResponses cuts and changes responses at every byte: what both can read,
// they read alike.
func TestBrokenResponses(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	read, refused := 0, 0
	for range 200 {
		for _, whole := range responses(t) {
			b := bytes.Clone(whole)
			for range 1 + random.IntN(3) {
				switch random.IntN(3) {
				case 0:
					b = b[:random.IntN(len(b)+1)]
				case 1:
					if len(b) > 0 {
						b[random.IntN(len(b))] = byte(random.Uint32())
					}
				case 2:
					b = append(b, whole...)
				}
			}
			if compare(t, b) {
				read++
			} else {
				refused++
			}
		}
	}
	if read < 100 || refused < 100 {
		t.Errorf("%d read and %d refused, want 100 of each at least", read, refused)
	}
}

// compare wants the same of a message as the generated types. They also refuse what
// matters to nobody here, such as a name that is no text.
func compare(t testing.TB, b []byte) bool {
	got, err := decodeResponse(b)
	if want, ok := oracle(b); ok && (err != nil || got != want) {
		t.Fatalf("%x: %+v, %v; want %+v", b, got, err, want)
	}
	return err == nil
}

func FuzzResponse(f *testing.F) {
	for _, b := range responses(f) {
		f.Add(b)
		f.Add(append(b, b...))
	}
	f.Add([]byte(strings.Repeat("\x0b", 1000)))
	f.Fuzz(func(t *testing.T, b []byte) { compare(t, b) })
}
