//go:build !wasip1

package ratelimittest

import (
	"slices"
	"testing"
	"time"
)

func TestHits(t *testing.T) {
	// Fields of RateLimitRequest: 1 domain, 2 descriptors, 3 hits_addend; of a
	// descriptor 1 entries, 3 hits_addend, a message with the number in field 1.
	const descriptor, zero, seven = "\x12\x04\x0a\x02\x0a\x00", "\x12\x06\x0a\x02\x0a\x00\x1a\x00", "\x12\x08\x0a\x02\x0a\x00\x1a\x02\x08\x07"
	tests := []struct {
		name, request string
		want          uint64
	}{
		{"a descriptor is one hit", "\x0a\x01d" + descriptor, 1},
		{"each has those of the request", "\x0a\x01d" + descriptor + descriptor + "\x18\xac\x02", 600},
		{"but for those that have their own", "\x0a\x01d" + seven + descriptor + zero + "\x18\x05", 12},
		{"no hits only ask", "\x0a\x01d" + zero, 0},
		{"no message", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := (&Call{Request: []byte(tt.request)}).Hits(); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

// TestAConversationIsFollowedHoweverItIsCut feeds frames byte by byte and whole.
func TestAConversationIsFollowedHoweverItIsCut(t *testing.T) {
	frame := func(kind, flags, stream byte, payload string) string {
		return string([]byte{0, 0, byte(len(payload)), kind, flags, 0, 0, 0, stream}) + payload
	}
	const body = "\x00\x00\x00\x00\x03\x0a\x01d"
	up := preface + frame(4, 0, 0, "") + frame(frameHeaders, 4, 1, "h") + frame(frameData, flagEndStream, 1, body) +
		frame(frameHeaders, 4, 3, "h") + frame(frameData, flagPadded, 3, "\x02"+body[:4]+"\x00\x00") + frame(frameData, flagEndStream, 3, body[4:]) +
		frame(frameHeaders, 4, 5, "h") + frame(frameReset, 0, 5, "\x00\x00\x00\x08")
	down := frame(4, 0, 0, "") + frame(frameHeaders, 4, 3, "h") + frame(frameData, 0, 3, "\x00\x00\x00\x00\x02\x08\x02") + frame(frameHeaders, flagEndStream, 3, "t") +
		frame(frameHeaders, flagEndStream, 1, "t")
	began, ended := time.Unix(1, 0), time.Unix(2, 0)
	for _, size := range []int{1, 2, 7, 1000} {
		var all exchanges
		c := newConversation(&all)
		for piece := range slices.Chunk([]byte(up), size) {
			c.request(piece, began)
		}
		for piece := range slices.Chunk([]byte(down), size) {
			c.response(piece, ended)
		}
		calls := all.list(true)
		if len(calls) != 3 {
			t.Fatalf("in pieces of %d: %d calls, want 3", size, len(calls))
		}
		for i, want := range []struct {
			request, response string
			ended, over       bool
		}{{"\x0a\x01d", "", true, false}, {"\x0a\x01d", "\x08\x02", true, true}, {"", "", false, false}} {
			got := &calls[i]
			if string(got.Request) != want.request || string(got.Response) != want.response || got.Ended.IsZero() == want.ended || got.Over() != want.over {
				t.Errorf("in pieces of %d: call %d: %q, %q, ended %v, over %v", size, i, got.Request, got.Response, got.Ended, got.Over())
			}
		}
		if left := all.list(false); len(left) != 1 {
			t.Errorf("in pieces of %d: %d calls left, want the one that did not end", size, len(left))
		}
	}
}

func TestWithin(t *testing.T) {
	at := func(ms int) time.Time { return time.UnixMilli(int64(ms)) }
	answers := []Answer{
		{Status: 200, Sent: at(100), Done: at(110)}, // inside
		{Status: 200, Sent: at(95), Done: at(105)},  // over the beginning
		{Status: 200, Sent: at(195), Done: at(205)}, // over the end
		{Status: 200, Sent: at(90), Done: at(99)},
		{Status: 200, Sent: at(200), Done: at(210)},
		{Status: 429, Sent: at(120), Done: at(130)},
	}
	if certain, possible := Within(answers, 200, at(100), at(200)); certain != 1 || possible != 3 {
		t.Errorf("%d to %d, want 1 to 3", certain, possible)
	}
}
