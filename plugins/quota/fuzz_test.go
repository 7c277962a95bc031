package quota

import (
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/policy"
)

// everything is a configuration with a limit of each kind and each way to count.
const everything = `{"keys":256,"body_limit":64,"answer":{"fields":"both","fields_on":"all"},
	"limits":[
	{"name":"rate","key":["address","query:k","cookie:c"],"near_percent":50,"rate":{"requests":5,"per":"1s","burst":9}},
	{"name":"delayed","key":["path"],"delay":"1s","rate":{"requests":5,"per":"1s","burst":2}},
	{"name":"sliding","key":["header:x-key","method"],"missing":"skip","sliding":{"requests":9,"per":"1m"}},
	{"name":"fixed","key":["body:user"],"cost":{"header":"x-cost","bytes_per_unit":7,"settle":{"body":"usage.n"}},"fixed":{"requests":90,"per":"1m"}},
	{"name":"calendar","key":["claim:tenant","scope"],"count":{"statuses":["2xx"]},"calendar":{"requests":50,"per":"month"}},
	{"name":"flight","concurrency":{"requests":100}},
	{"name":"login","key":["body:user","host"],"missing":"deny","lockout":{"failures":3}},
	{"name":"bytes","bandwidth":{"bytes":900,"per":"1s","of":"both"}}],
	"routes":[{"match":{"path":{"prefix":"/free"}},"exempt":true},{"match":{"path":{"template":"/login/{x}"}},"limits":["login","flight","bytes"]},
	{"match":{"methods":["PUT"]},"mode":"shadow","cost":3},{"match":{},"limits":["rate","delayed","sliding","fixed","calendar","flight","bytes"]}]}`

// FuzzStreams sends streams that end anywhere. None panics, and what is under way is
// nothing when they are over.
func FuzzStreams(f *testing.F) {
	f.Add("GET", "/a?k=1", "x-key: a\ncookie: c=1; c=2", "", 200, "content-type: application/json", `{"usage":{"n":12}}`, byte(0))
	f.Add("POST", "/login/a", "content-length: 15", `{"user":"alice"}`, 401, "", "", byte(1))
	f.Add("PUT", "/b", "x-cost: 99999999999999", `{"user":`, 500, "content-type: text/event-stream", "data: {\"usage\":{\"n\":1}}\n", byte(2))
	f.Fuzz(func(t *testing.T, method, path, fields, body string, status int, answerFields, answer string, cut byte) {
		w := newWorld()
		w.identity(`,"claims":{"tenant":"a"}`)
		i := w.inspector(t, everything)
		for n := range 4 {
			all := append([]string{":method: " + method, ":path: " + path}, strings.Split(fields, "\n")...)
			var sent []byte
			if body != "" {
				sent = []byte(body)
			}
			s := w.requestWithBody(t, i, sent, all...)
			if s.d.Outcome == policy.Wait {
				if cut&1 != 0 {
					s.end()
					continue
				}
				s.resume(s.d.WaitAtMost, true)
			}
			if s.d.Outcome == policy.Wait {
				t.Fatal("waits when it is overdue")
			}
			if int(cut>>1)%4 == n {
				s.end()
				continue
			}
			s.answer(status, answer, strings.Split(answerFields, "\n")...)
			w.now = w.now.Add(time.Duration(cut) * time.Millisecond)
		}
		for _, r := range i.base {
			if r.inFlight {
				if left, ok := i.counters.Take(w.now, r.limit, r.prefix, 0); !ok || left.Remaining != 100 {
					t.Fatalf("%d under way after all have ended", 100-left.Remaining)
				}
			}
		}
	})
}
