package waftest

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// BenchGET, BenchPOST and BenchLarge are the requests that engines are measured
// with. All are harmless: at paranoia level 1 no rule that logs matches. Their
// values differ from one i to the next, their shape and length does not, so that a
// cache of whole values helps as little as it does in traffic.

// BenchGET is a GET with a query of five parameters and eight headers.
func BenchGET(i int) Request {
	r := benchRand(i)
	return Request{
		Method: "GET", Protocol: "HTTP/1.1",
		URI: fmt.Sprintf("/api/v1/orders/%08d?customer=%s&status=shipped&from=2024-%02d-%02d&page=%d&sort=-created_at",
			r.IntN(1e8), letters(r, 12), 1+r.IntN(12), 10+r.IntN(18), 10+r.IntN(90)),
		Headers:    benchHeaders(r),
		RemoteAddr: "198.51.100.7", RemotePort: 40000, ServerAddr: "192.0.2.10", ServerPort: 443,
	}
}

// BenchPOST is a POST of 280 bytes of JSON with eleven values.
func BenchPOST(i int) Request {
	r := benchRand(i)
	body := fmt.Sprintf(`{"customer":{"name":"%s %s","email":"%s@example.com","phone":"+44 20 7946 0%03d"},`+
		`"items":[{"sku":"AB-%05d","quantity":%d,"price":%d.99},{"sku":"CD-%05d","quantity":%d,"price":%d.50}],`+
		`"note":"%s"}`,
		letters(r, 6), letters(r, 9), letters(r, 8), r.IntN(1000), r.IntN(1e5), 1+r.IntN(9), 10+r.IntN(90), r.IntN(1e5), 1+r.IntN(9), 10+r.IntN(90), "")
	body = strings.TrimSuffix(body, `"}`) + prose(r, 280-len(body)) + `"}`
	return benchJSON(r, "/api/v1/orders", body)
}

// BenchLarge is a POST of 10 KiB of JSON with 300 values, names for each.
func BenchLarge(i int) Request {
	r := benchRand(i)
	var b strings.Builder
	b.WriteString(`{"rows":[`)
	for n := range 60 { // five values a row
		if n > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%06d,"name":"%s %s","city":"%s","total":%d.25,"note":"%s"}`,
			100000+r.IntN(900000), letters(r, 6), letters(r, 8), letters(r, 10), 1000+r.IntN(9000), prose(r, 83))
	}
	b.WriteString(`]}`)
	body := b.String()
	return benchJSON(r, "/api/v1/import", body+strings.Repeat(" ", max(0, 10<<10-len(body))))
}

func benchRand(i int) *rand.Rand { return rand.New(rand.NewPCG(uint64(i), 3)) }

func benchJSON(r *rand.Rand, uri, body string) Request {
	return Request{
		Method: "POST", URI: uri, Protocol: "HTTP/1.1", Body: []byte(body),
		Headers:    append(benchHeaders(r), [2]string{"Content-Type", "application/json"}, [2]string{"Content-Length", strconv.Itoa(len(body))}),
		RemoteAddr: "198.51.100.7", RemotePort: 40000, ServerAddr: "192.0.2.10", ServerPort: 443,
	}
}

func benchHeaders(r *rand.Rand) [][2]string {
	return [][2]string{
		{"Host", "api.example.com"},
		{"User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"},
		{"Accept", "application/json"},
		{"Accept-Language", "en-US,en;q=0.9"},
		{"Accept-Encoding", "gzip, deflate, br"},
		{"Authorization", "Bearer " + letters(r, 20) + "." + letters(r, 80) + "." + letters(r, 86)},
		{"Traceparent", fmt.Sprintf("00-%016x%016x-%016x-01", r.Uint64(), r.Uint64(), r.Uint64())},
		{"X-Request-Id", fmt.Sprintf("%016x", r.Uint64())},
	}
}

// letters are n letters of twelve that make no word that rules know.
func letters(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "bdfgjkqvyzou"[r.IntN(12)]
	}
	return string(b)
}

// prose is n bytes of words of five to nine such letters.
func prose(r *rand.Rand, n int) string {
	b := make([]byte, 0, n+10)
	for len(b) < n {
		b = append(b, letters(r, 5+r.IntN(5))...)
		b = append(b, ' ')
	}
	b = b[:n]
	b[n-1] = '.'
	return string(b)
}
