package waftest

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
)

// BenignCount is how many requests a corpus of harmless traffic should have at
// least to say something about false positives.
const BenignCount = 20_000

// Benign yields n harmless requests as clients of an API send them. The same seed
// yields the same requests, and a larger n only adds to them. Clients of all kinds are in it,
// from browsers to probes, and values in many scripts; some look like attacks
// at first sight.
func Benign(n int, seed uint64) iter.Seq[Request] {
	return func(yield func(Request) bool) {
		a := &author{rand.New(rand.NewPCG(seed, 1)), loadLists()}
		for range n {
			if !yield(a.request()) {
				return
			}
		}
	}
}

// request makes one of the kinds of request, browsers' and programs' headers
// around it.
func (a *author) request() Request {
	kinds := []func(*author) content{
		(*author).list, (*author).list, (*author).list, (*author).read, (*author).read, (*author).find, (*author).find,
		(*author).json, (*author).json, (*author).json, (*author).json, (*author).patch, (*author).graphQL, (*author).graphQL,
		(*author).form, (*author).login, (*author).oauth, (*author).upload, (*author).upload, (*author).plain,
		(*author).ndjson, (*author).batch, (*author).xml, (*author).remove, (*author).preflight, (*author).rpc, (*author).events,
	}
	c := pick(a.Rand, kinds)(a)
	req := Request{
		Method: c.method, URI: c.uri, Protocol: pick(a.Rand, []string{"HTTP/1.1", "HTTP/1.1", "HTTP/2.0"}), Body: c.body,
		RemoteAddr: fmt.Sprintf("198.51.100.%d", 1+a.IntN(254)), RemotePort: 1024 + a.IntN(60000),
		ServerAddr: "192.0.2.10", ServerPort: 443,
	}
	req.Headers = a.headers(&c)
	if req.Protocol == "HTTP/2.0" { // RFC 9113, Section 8.2.1: names are in lower case
		for i := range req.Headers {
			req.Headers[i][0] = strings.ToLower(req.Headers[i][0])
		}
	}
	return req
}

// content is what a kind of request is about; its headers come before those of
// the client.
type content struct {
	method, uri string
	headers     [][2]string
	body        []byte
}

func (a *author) headers(c *content) [][2]string {
	host := pick(a.Rand, []string{"api.example.com", "shop.example.org", "app.example.net:8443", "example.com"})
	h := append([][2]string{{"Host", host}}, c.headers...)
	if len(c.body) > 0 {
		h = append(h, [2]string{"Content-Length", strconv.Itoa(len(c.body))})
	}
	agent := pick(a.Rand, a.agents)
	h = append(h, [2]string{"User-Agent", agent})
	if strings.HasPrefix(agent, "Mozilla/") {
		h = append(h, a.browser(host, agent)...)
	} else {
		h = append(h, [2]string{"Accept", pick(a.Rand, []string{"*/*", "application/json", "application/json, text/plain, */*", "application/vnd.api+json"})})
		if a.IntN(2) == 0 {
			h = append(h, [2]string{"Accept-Encoding", "gzip"})
		}
	}
	if a.IntN(3) > 0 {
		h = append(h, [2]string{"Authorization", "Bearer " + a.jwt()})
	}
	if a.IntN(3) == 0 {
		h = append(h, [2]string{"traceparent", "00-" + a.hex(32) + "-" + a.hex(16) + "-01"}, [2]string{"tracestate", "es=s:0.1,dd=s:1;o:rum"})
	}
	if a.IntN(4) == 0 {
		h = append(h, [2]string{"X-Request-Id", a.uuid()})
	}
	if a.IntN(6) == 0 {
		h = append(h, [2]string{"Idempotency-Key", a.uuid()})
	}
	if a.IntN(8) == 0 {
		h = append(h, [2]string{"If-None-Match", `W/"` + a.hex(16) + `"`})
	}
	return h
}

// browser is what browsers add, cookies among it.
func (a *author) browser(host, agent string) [][2]string {
	h := [][2]string{
		{"Accept", pick(a.Rand, []string{"application/json, text/plain, */*", "*/*", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"})},
		{"Accept-Language", pick(a.Rand, []string{"en-US,en;q=0.9", "de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", "ja,en;q=0.5", "fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "pt-BR"})},
		{"Accept-Encoding", "gzip, deflate, br, zstd"},
		{"Origin", "https://" + host},
		{"Referer", strings.TrimSuffix("https://"+host+"/"+pick(a.Rand, a.words)+"?"+a.query(a.IntN(3)), "?")},
		{"Sec-Fetch-Dest", "empty"}, {"Sec-Fetch-Mode", "cors"}, {"Sec-Fetch-Site", "same-origin"},
	}
	if strings.Contains(agent, "Chrome/") {
		h = append(h,
			[2]string{"sec-ch-ua", `"Chromium";v="131", "Not_A Brand";v="24", "Google Chrome";v="131"`},
			[2]string{"sec-ch-ua-mobile", "?0"}, [2]string{"sec-ch-ua-platform", `"Windows"`}, [2]string{"Priority", "u=1, i"})
	}
	if a.IntN(3) > 0 {
		h = append(h, [2]string{"Cookie", a.cookies()})
	}
	if a.IntN(5) == 0 {
		h = append(h, [2]string{"X-CSRF-Token", a.blob(32)}, [2]string{"X-Requested-With", "XMLHttpRequest"})
	}
	return h
}

func (a *author) cookies() string {
	all := []func() string{
		func() string { return "session=" + a.hex(32) },
		func() string {
			return "_ga=GA1.2." + strconv.Itoa(a.IntN(1e9)) + "." + strconv.FormatInt(a.time().Unix(), 10)
		},
		func() string { return "connect.sid=s%3A" + a.hex(24) + "." + url.QueryEscape(a.blob(32)) },
		func() string { return "access_token=" + a.jwt() },
		func() string { return "consent=" + url.QueryEscape(`{"ads":false,"stats":true,"v":2}`) },
		func() string { return "lang=de-DE; tz=Europe%2FBerlin" },
		func() string { return "csrftoken=" + a.hex(64) },
		func() string { return "_fbp=fb.1." + strconv.FormatInt(a.time().UnixMilli(), 10) + ".123456789" },
		func() string { return "cart=" + a.blob(24) },
		func() string { return "theme=dark; sidebar=collapsed" },
		func() string { return "last_search=" + url.PathEscape(pick(a.Rand, a.searches)) },
	}
	var c []string
	for range 1 + a.IntN(5) {
		c = append(c, pick(a.Rand, all)())
	}
	return strings.Join(c, "; ")
}

// query is a query string of n parameters and the usual paging.
func (a *author) query(n int) string {
	var q []string
	for range n {
		name := a.field()
		if a.IntN(5) == 0 {
			name = pick(a.Rand, []string{"filter[" + name + "]", "fields[]", name + "__gte", "$filter", "$select", "page[size]", name + ".eq"})
		}
		value := a.text()
		if len(value) > 150 {
			value = value[:strings.LastIndexAny(value[:150], " -_=/")+1] // after ASCII, so no rune is cut
		}
		q = append(q, a.escape(name)+"="+a.escape(value))
	}
	if a.IntN(2) == 0 {
		q = append(q, fmt.Sprintf("page=%d&limit=%d&sort=-created_at", a.IntN(50), 10*(1+a.IntN(10))))
	}
	return strings.Join(q, "&")
}

// escape is percent-encoding as a form or as encodeURIComponent does it.
func (a *author) escape(s string) string {
	if a.IntN(2) == 0 {
		return url.QueryEscape(s)
	}
	return strings.NewReplacer("%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*", "+", "%20").Replace(url.QueryEscape(s))
}

// path is that of a resource, versions and ids in it.
func (a *author) path() string {
	p := pick(a.Rand, []string{"/api/v1", "/v2", "/api", "", "/services/rest"})
	for range 1 + a.IntN(3) {
		p += "/" + plural(pick(a.Rand, a.words))
		switch a.IntN(6) {
		case 0:
			p += "/" + strconv.Itoa(a.IntN(100000))
		case 1:
			p += "/" + a.uuid()
		case 2:
			p += "/" + url.PathEscape(pick(a.Rand, a.names))
		case 3:
			p += "/me"
		}
	}
	return p
}

func plural(word string) string {
	if stem, ok := strings.CutSuffix(word, "y"); ok && !strings.HasSuffix(stem, "a") {
		return stem + "ies"
	}
	if strings.HasSuffix(word, "s") || strings.HasSuffix(word, "x") || strings.HasSuffix(word, "ch") {
		return word + "es"
	}
	return word + "s"
}
