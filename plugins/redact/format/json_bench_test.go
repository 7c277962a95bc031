package format

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// benchDocuments are documents of the kinds that pass through gateways.
func benchDocuments() map[string][]byte {
	var orders, text, pretty, numbers bytes.Buffer
	orders.WriteString(`{"orders":[`)
	for i := range 400 {
		if i > 0 {
			orders.WriteByte(',')
		}
		fmt.Fprintf(&orders, `{"id":%d,"status":"delivered","customer":{"name":"Ada Example %d","email":"ada%d@example.com","address":{"street":"12 Example Road","city":"Exampleton","postal_code":"EX1 2MP"}},"items":[{"sku":"SKU-%06d","title":"A thing of some kind, \"quoted\" once","quantity":2,"price":19.99}],"created_at":"2026-11-26T01:02:03Z","gift":false,"note":null}`, 100000+i, i, i, i)
	}
	orders.WriteString(`]}`)
	json.Indent(&pretty, orders.Bytes(), "", "  ")
	fmt.Fprintf(&text, `{"title":"A page","body":%q}`, strings.Repeat("Some prose of the kind that articles have, line after line.\n", 1500))
	numbers.WriteByte('[')
	for i := range 12000 {
		fmt.Fprintf(&numbers, "%d.%d,", i, i*7919)
	}
	numbers.WriteString("0]")
	return map[string][]byte{"orders": orders.Bytes(), "pretty": pretty.Bytes(), "text": text.Bytes(), "numbers": numbers.Bytes()}
}

// counter counts what it is shown, so that a benchmark checks its answer.
type counter struct{ values, bytes int }

func (*counter) Container(*Path, Kind, *Edit) Verdict { return Keep }
func (*counter) Name(*Path, []byte, *Edit) Verdict    { return Keep }
func (c *counter) Value(p *Path, _ Kind, text []byte, _ *Edit) Verdict {
	if p.Matched(0) >= 0 {
		return Drop
	}
	c.values++
	c.bytes += len(text)
	return Keep
}

var benchPatterns = []Pattern{{Text: "customer.email"}, {Text: "**.cvv"}, {Text: "**.cardNumber", Fold: true}, {Text: "orders[*].payment.iban"}, {Text: "**.*secret*", Fold: true}}

func BenchmarkJSON(b *testing.B) {
	paths, err := Compile(benchPatterns)
	if err != nil {
		b.Fatal(err)
	}
	for name, doc := range benchDocuments() {
		for _, piece := range []int{16 << 10, len(doc)} {
			for _, set := range []*Paths{nil, paths} {
				b.Run(fmt.Sprintf("%s/pieces=%d/paths=%v", name, piece, set != nil), func(b *testing.B) {
					c := &counter{}
					j := NewJSON(c, set, Limits{})
					var out []byte
					b.SetBytes(int64(len(doc)))
					b.ReportAllocs()
					for b.Loop() {
						j.Reset(c)
						size := 0
						for at := 0; at < len(doc); at += piece {
							out, err = j.Write(out[:0], doc[at:min(at+piece, len(doc))])
							size += len(out)
						}
						out, err = j.Close(out[:0])
						if size += len(out); size != len(doc) || err != nil {
							b.Fatalf("%d bytes, %v, want %d", size, err, len(doc))
						}
					}
				})
			}
		}
	}
}

// BenchmarkJSONPeers walks over all values and does nothing with them.
func BenchmarkJSONPeers(b *testing.B) {
	for name, doc := range benchDocuments() {
		c := &counter{}
		if _, err := rewritten(NewJSON(c, nil, Limits{}), doc); err != nil {
			b.Fatal(err)
		}
		b.Run(name+"/encoding-json-tokens", func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				if n := countNodes(parseNode(doc)); n != c.values {
					b.Fatalf("%d values, want %d", n, c.values)
				}
			}
		})
		b.Run(name+"/encoding-json-any", func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				var v any
				if err := json.Unmarshal(doc, &v); err != nil {
					b.Fatal(err)
				}
				if out, err := json.Marshal(v); err != nil || len(out) < len(doc)/4 {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/gjson-walk", func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			text := string(doc)
			for b.Loop() {
				n := 0
				walkGJSON(gjson.Parse(text), &n)
				if n != c.values {
					b.Fatalf("%d values, want %d", n, c.values)
				}
			}
		})
	}
}

func countNodes(n *node) int {
	if n.kind != Object && n.kind != Array {
		return 1
	}
	sum := 0
	for _, m := range n.members {
		sum += countNodes(m)
	}
	return sum
}

func walkGJSON(r gjson.Result, n *int) {
	if !r.IsObject() && !r.IsArray() {
		*n++
		return
	}
	r.ForEach(func(_, value gjson.Result) bool {
		walkGJSON(value, n)
		return true
	})
}

func BenchmarkSSE(b *testing.B) {
	event := []byte("event: message\ndata: {\"id\":\"chatcmpl-1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"},\"finish_reason\":null}]}\n\n")
	stream := bytes.Repeat(event, 500)
	c := &counter{}
	s := NewSSE(c, nil, Limits{})
	var out []byte
	var err error
	b.SetBytes(int64(len(stream)))
	b.ReportAllocs()
	for b.Loop() {
		if out, err = s.Write(out[:0], stream); len(out) != len(stream) || err != nil {
			b.Fatalf("%d bytes, %v", len(out), err)
		}
	}
}

func TestNoAllocationPerValue(t *testing.T) {
	paths, err := Compile(benchPatterns)
	if err != nil {
		t.Fatal(err)
	}
	for name, doc := range benchDocuments() {
		v := &ruled{word: "example.com", with: "***"}
		j := NewJSON(v, paths, Limits{})
		out := make([]byte, 0, 2*len(doc))
		run := func() {
			j.Reset(v)
			for at := 0; at < len(doc); at += 1000 {
				out, err = j.Write(out[:0], doc[at:min(at+1000, len(doc))])
			}
			if _, err := j.Close(out[:0]); err != nil {
				t.Fatal(err)
			}
		}
		run()
		if n := testing.AllocsPerRun(5, run); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
