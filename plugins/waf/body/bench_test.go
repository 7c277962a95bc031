package body

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const benchJSON = `{"order":{"id":"0f8fad5b-d9cb-469f-a165-70867728950e","customer":{"name":"Zoë Müller","email":"zoe@example.com","vip":true},` +
	`"items":[{"sku":"A-1001","qty":2,"price":19.99},{"sku":"B-2002","qty":1,"price":5}],"note":"ring \"twice\"\nthen wait","coupon":null},"ts":1760000000}`

// The bodies of the benchmarks and what must be read of them.
var (
	benchForm = "user=alice%40example.com&password=correct+horse+battery+staple&remember=1&csrf=8f14e45fceea167a5a36dedad4bea2543" +
		"&return=%2Faccount%2Forders%3Fpage%3D2&locale=en-GB&tz=Europe%2FBerlin&client=web&v=3.14.15&x="
	benchJSONLarge = "[" + strings.Join(numbered(`{"id":%d,"name":"item in a list","tags":["new"],"ok":true}`, 75), ",") + strings.Repeat(" ", 5900) + "]"
	benchMultipart = "--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nholiday\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"beach.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n" + strings.Repeat("\xff\xd8\xff\xe0\r\n\x00JFIF", 850) + "\r\n--b--\r\n"
	benchXML = `<?xml version="1.0" encoding="UTF-8"?><orders>` +
		strings.Join(numbered(`<order id="%d" state="open"><name>Zoë &amp; Co</name><total currency="EUR">12.50</total></order>`, 52), "\n") + `</orders>`
)

func BenchmarkProcessors(b *testing.B) {
	benchmarks := []struct {
		name, body string
		read       func(b string, r *Result)
		args       int // also files and XML values
	}{
		{"form", benchForm, func(b string, r *Result) { URLEncoded(b, Limits{}, r) }, 10},
		{"json", benchJSON, func(b string, r *Result) { JSON(b, Limits{}, r) }, 14},
		{"json large", benchJSONLarge, func(b string, r *Result) { JSON(b, Limits{}, r) }, 75*5 + 1},
		{"multipart", benchMultipart, func(b string, r *Result) { Multipart("multipart/form-data; boundary=b", b, Limits{}, r) }, 2},
		{"xml", benchXML, func(b string, r *Result) { XML(b, Limits{}, r) }, 52 * 5},
	}
	for _, bm := range benchmarks {
		b.Run(fmt.Sprintf("%s %d B", bm.name, len(bm.body)), func(b *testing.B) {
			var r Result
			b.SetBytes(int64(len(bm.body)))
			b.ReportAllocs()
			for b.Loop() {
				r.Reset()
				bm.read(bm.body, &r)
			}
			if n := len(r.Args) + len(r.Files) + len(r.XMLValues) + len(r.XMLAttributes); n != bm.args || r.Err != "" {
				b.Fatalf("%d values, error %q, want %d", n, r.Err, bm.args)
			}
		})
	}
}

// TestNoAllocationsPerBody keeps the steady state free of them.
func TestNoAllocationsPerBody(t *testing.T) {
	var r Result
	for name, read := range map[string]func(){
		"form":      func() { URLEncoded(benchForm, Limits{}, &r) },
		"json":      func() { JSON(benchJSON, Limits{}, &r) },
		"large":     func() { JSON(benchJSONLarge, Limits{}, &r) },
		"broken":    func() { JSON(benchJSON[1:], Limits{}, &r); JSON(benchJSON[:200], Limits{}, &r) },
		"multipart": func() { Multipart("multipart/form-data; boundary=b", benchMultipart, Limits{}, &r) },
		"xml":       func() { XML(benchXML, Limits{}, &r) },
	} {
		if n := testing.AllocsPerRun(100, func() { r.Reset(); read() }); n > 0 {
			t.Errorf("%s: %v allocations per body, want none", name, n)
		}
	}
}

// TestLinear reads bodies that would take a reader that is quadratic in them a
// minute or more.
func TestLinear(t *testing.T) {
	const n = 1 << 19
	for _, tt := range []struct {
		name string
		body func(n int) string
		read func(b string, r *Result)
	}{
		{"deep JSON", func(n int) string { return strings.Repeat(`{"a":`, n) }, func(b string, r *Result) { JSON(b, Limits{Depth: 1 << 30}, r) }},
		{"deep JSON, broken", func(n int) string { return "[+," + strings.Repeat(`[`, 2*n) }, func(b string, r *Result) { JSON(b, Limits{Depth: 1 << 30}, r) }},
		{"deep JSON objects, broken", func(n int) string { return strings.Repeat(`{"":`, n) + strings.Repeat("}", n/2) }, func(b string, r *Result) { JSON(b, Limits{Depth: 1 << 30}, r) }},
		{"deep JSON, each level with a string of its own", func(n int) string { return strings.Repeat(`[1",`, n) }, func(b string, r *Result) { JSON(b, Limits{Depth: 1 << 30, Arguments: 1 << 30}, r) }},
		{"empty JSON arrays, broken", func(n int) string { return "[" + strings.Repeat("[],", n) }, func(b string, r *Result) { JSON(b, Limits{}, r) }},
		{"JSON brackets and quotes", func(n int) string { return "[" + strings.Repeat(`([{"`, n) + strings.Repeat(`\"}`, n) }, func(b string, r *Result) { JSON(b, Limits{Depth: 1 << 30}, r) }},
		{"long JSON paths", func(n int) string {
			return `{"` + strings.Repeat("k", n) + `":[` + strings.Repeat("1,", n) + "1]}"
		}, func(b string, r *Result) { JSON(b, Limits{Arguments: 1 << 30}, r) }},
		{"open JSON strings", func(n int) string { return "[" + strings.Repeat(`"\x`, n) }, func(b string, r *Result) { JSON(b, Limits{}, r) }},
		{"boundaries that are none", func(n int) string { return "--b\r\n\r\n" + strings.Repeat("\r\n--bb", n) }, func(b string, r *Result) { Multipart("multipart/form-data; boundary=b", b, Limits{}, r) }},
		{"header lines", func(n int) string { return "--b\r\n" + strings.Join(numbered("a%d:\r\n", n/4), "") }, func(b string, r *Result) { Multipart("multipart/form-data; boundary=b", b, Limits{}, r) }},
		{"folded header line", func(n int) string { return "--b\r\na:" + strings.Repeat("\r\n b", n) }, func(b string, r *Result) { Multipart("multipart/form-data; boundary=b", b, Limits{}, r) }},
		{"parameters", func(n int) string {
			return "--b\r\nContent-Disposition: form-data" + strings.Join(numbered(";a%d=b", n/4), "")
		}, func(b string, r *Result) { Multipart("multipart/form-data; boundary=b", b, Limits{}, r) }},
		{"deep XML", func(n int) string { return strings.Repeat("<a>", n) + strings.Repeat("</b>", n) }, func(b string, r *Result) { XML(b, Limits{}, r) }},
		{"XML references", func(n int) string { return strings.Repeat("&", n) + strings.Repeat("&#1111", n) }, func(b string, r *Result) { XML(b, Limits{}, r) }},
		{"XML without ends", func(n int) string { return strings.Repeat("<!--", n) + strings.Repeat("<a b='", n) }, func(b string, r *Result) { XML(b, Limits{}, r) }},
	} {
		b := tt.body(n)
		var r Result
		start := time.Now()
		tt.read(b, &r)
		// What is linear takes some tenths of a second, in Wasm on a busy machine some
		// seconds; what is not, hours.
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%s: %v for %d bytes", tt.name, took, len(b))
		}
	}
}

// numbered formats the numbers below n.
func numbered(format string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(format, i)
	}
	return list
}
