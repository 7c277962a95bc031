//go:build !wasip1

package quota

import (
	"fmt"
	"strings"
	"testing"
	"time"

	ratelimit "github.com/envoyproxy/go-control-plane/envoy/service/ratelimit/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"gatehouse/plugins/internal/policy"
)

// service counts hits by descriptor, as a rate limit service does.
type service struct {
	t      *testing.T
	limit  uint32
	used   map[string]uint32
	asked  []*ratelimit.RateLimitRequest
	broken bool
}

// answer answers a call.
func (s *service) answer(call *policy.Call) *policy.Answer {
	s.t.Helper()
	if s.broken {
		return &policy.Answer{ID: call.ID, Failed: true}
	}
	var q ratelimit.RateLimitRequest
	if err := proto.Unmarshal(call.Body, &q); err != nil {
		s.t.Fatal(err)
	}
	if call.Service != "envoy.service.ratelimit.v3.RateLimitService" || call.Method != "ShouldRateLimit" || call.Cluster != "ratelimit" {
		s.t.Errorf("called %s/%s at %s", call.Service, call.Method, call.Cluster)
	}
	s.asked = append(s.asked, &q)
	key := fmt.Sprint(q.Descriptors[0].Entries)
	s.used[key] += q.HitsAddend
	r := &ratelimit.RateLimitResponse{OverallCode: ratelimit.RateLimitResponse_OK}
	status := &ratelimit.RateLimitResponse_DescriptorStatus{
		Code:               ratelimit.RateLimitResponse_OK,
		CurrentLimit:       &ratelimit.RateLimitResponse_RateLimit{RequestsPerUnit: s.limit, Unit: ratelimit.RateLimitResponse_RateLimit_MINUTE},
		DurationUntilReset: durationpb.New(30 * time.Second),
	}
	if s.used[key] > s.limit {
		r.OverallCode, status.Code = ratelimit.RateLimitResponse_OVER_LIMIT, ratelimit.RateLimitResponse_OVER_LIMIT
	} else {
		status.LimitRemaining = s.limit - s.used[key]
	}
	r.Statuses = append(r.Statuses, status)
	body, err := proto.Marshal(r)
	if err != nil {
		s.t.Fatal(err)
	}
	return &policy.Answer{ID: call.ID, Body: body, Size: len(body)}
}

// settle answers all calls that a decision asks for, and resumes the request.
func (s *service) settle(i *Inspector, r *stream) {
	s.t.Helper()
	for rounds := 0; ; rounds++ {
		calls := r.d.Work.Calls
		for n := range calls {
			w := i.Answer(r.w.now, s.answer(&calls[n]))
			calls = append(calls, w.Calls...)
		}
		if r.d.Outcome != policy.Wait {
			return
		}
		if rounds > 5 {
			s.t.Fatal("the request waits for ever")
		}
		r.resume(time.Millisecond, false)
	}
}

const overAll = `{"limits":[{"name":"l","key":["header:x-key"],"fixed":{"requests":40,"per":"1m"},"global":true}],"global":{"cluster":"ratelimit"%s}}`

func TestLimitsOverManyGateways(t *testing.T) {
	for _, mode := range []string{"", `,"per_request":true`} {
		t.Run("global"+mode, func(t *testing.T) {
			s := &service{t: t, limit: 40, used: map[string]uint32{}}
			w := newWorld()
			i := w.inspector(t, fmt.Sprintf(overAll, mode))
			got := 0
			for range 60 {
				r := w.request(t, i, "x-key: a secret")
				s.settle(i, r)
				if r.d.Outcome == policy.Allow {
					got++
				} else if retry, _ := r.d.Response.Headers.First("retry-after"); r.d.Reason != ReasonLimitExceeded || retry == "" {
					t.Errorf("%s, retry after %q", r.d.Reason, retry)
				}
				r.answer(200, "")
			}
			if got > 40 || got < 38 || mode != "" && got != 40 {
				t.Errorf("%d admitted of a limit of 40", got)
			}
			if calls := len(s.asked); mode == "" && calls > 20 || mode != "" && calls < 40 {
				t.Errorf("%d calls", calls)
			}
			q := s.asked[0]
			if q.Domain != "gatehouse" || len(q.Descriptors) != 1 || q.Descriptors[0].Limit.GetRequestsPerUnit() != 40 {
				t.Errorf("asked %v", q)
			}
			if text := q.String(); strings.Contains(text, "a secret") || !strings.Contains(text, `"header:x-key"`) {
				t.Errorf("the service is told %s", text)
			}
		})
	}
}

func TestDescriptors(t *testing.T) {
	tests := []struct {
		name, limit, global, want string
	}{
		{"by default", `"key":["header:x-key"],"fixed":{"requests":40,"per":"1m"}`, `,"values":"plain"`, "limit=l header:x-key=a"},
		{"of the calendar", `"calendar":{"requests":40,"per":"month"}`, "", "limit=l period=2027-01"},
		{"of the calendar, without an override", `"calendar":{"requests":40,"per":"month"}`, `,"override":false`, "limit=l"},
		{"as configured", `"key":["header:x-key"],"fixed":{"requests":40,"per":"1m"},"descriptor":[{"key":"generic_key","value":"v"},{"key":"tenant","source":"header:x-key"}]`, `,"values":"plain"`, "generic_key=v tenant=a"},
		{"without a value", `"key":["header:x-none"],"fixed":{"requests":40,"per":"1m"}`, "", "limit=l header:x-none=-"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &service{t: t, limit: 40, used: map[string]uint32{}}
			w := newWorld()
			i := w.inspector(t, `{"limits":[{"name":"l","global":true,`+tt.limit+`}],"global":{"cluster":"ratelimit"`+tt.global+`}}`)
			r := w.request(t, i, "x-key: a")
			s.settle(i, r)
			var got []string
			for _, e := range s.asked[0].Descriptors[0].Entries {
				got = append(got, e.Key+"="+e.Value)
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestAServiceThatDoesNotAnswer(t *testing.T) {
	tests := []struct {
		onError string
		want    int
		reason  policy.Reason
	}{
		{"local", 40, ReasonLimitExceeded},
		{"allow", 60, ReasonServiceUnavailableAllowed},
		{"deny", 0, ReasonServiceUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.onError, func(t *testing.T) {
			s := &service{t: t, limit: 40, used: map[string]uint32{}, broken: true}
			w := newWorld()
			i := w.inspector(t, fmt.Sprintf(overAll, `,"on_error":"`+tt.onError+`"`))
			got := 0
			var last *stream
			for range 60 {
				last = w.request(t, i)
				s.settle(i, last)
				if last.d.Outcome == policy.Allow {
					got++
				}
				last.answer(200, "")
			}
			reason := last.d.Reason
			if last.d.Outcome == policy.Allow {
				reason = last.done.Reason
				if !last.done.Notable {
					t.Error("nobody hears of it")
				}
			}
			if got != tt.want || reason != tt.reason {
				t.Errorf("%d admitted, %s, want %d, %s", got, reason, tt.want, tt.reason)
			}
			// The service is back: what it counts begins anew.
			s.broken = false
			w.now = w.now.Add(10 * time.Second)
			i.Tick(w.now)
			r := w.request(t, i)
			s.settle(i, r)
			r.answer(200, "")
			w.now = w.now.Add(time.Second)
			if r = w.request(t, i); r.d.Outcome != policy.Allow && r.d.Outcome != policy.Wait {
				t.Errorf("after it is back: %s", r.d.Reason)
			}
			if len(s.asked) == 0 {
				t.Error("nobody asks a service that is back")
			}
		})
	}
}
