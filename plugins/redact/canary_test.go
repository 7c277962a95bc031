package redact

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/url"
	"strings"
	"testing"

	"gatehouse/plugins/internal/policy"
)

// manyFields are fields that no document has, more than one word of patterns holds.
var manyFields = func() string {
	var b strings.Builder
	for n := range 60 {
		fmt.Fprintf(&b, `{"path":"**.x%d.y%d","action":{"drop":true}},`, n, n)
	}
	return b.String()
}()

const canaryRules = `{"responses":[{"match":{},
	"fields":[
		{"path":"**.cvv","action":{"drop":true}},
		{"path":"**.pin","action":{"null":true}},
		{"path":"**.owner","action":{"mask":{}}},
		{"path":"**.balance","action":{"replace":"-"}}],
	"detectors":[
		{"type":"card","action":{"mask":{"keep_last":4}}},
		{"type":"iban","action":{"replace":"[iban]"}},
		{"type":"email","action":{"token":{"key":"k1"}}},
		{"type":"us_ssn","action":{"drop":true}},
		{"type":"jwt","action":{"replace":"[token]"}}]}],
	"keys":{"k1":{"env":"GATEHOUSE_KEY_K1"}}}`

// planter makes documents with data planted in them.
type planter struct {
	*rand.Rand
	// canaries are what must not be in what leaves: letters and digits, in lower case.
	canaries []string
	// nested is in how many strings the document is that is made.
	nested int
}

// word is a harmless word.
func (p *planter) word() string {
	return [...]string{"order", "blue", "Straße", "a\"b", "x\\y", "日本", "tab\there", "😀", "", "v1.2.3", "{", "[1", "&amp;", "%41", "<b>"}[p.IntN(15)]
}

// plant returns a value that a detector finds.
func (p *planter) plant() string {
	value, canary := "", ""
	switch p.IntN(5) {
	case 0:
		digits := []byte("4000000000000000")
		for i := 1; i < 15; i++ {
			digits[i] = byte('0' + p.IntN(10))
		}
		sum := 0
		for i := range 15 {
			d := int(digits[i] - '0')
			if i%2 == 0 {
				if d *= 2; d > 9 {
					d -= 9
				}
			}
			sum += d
		}
		digits[15] = byte('0' + (10-sum%10)%10)
		value, canary = string(digits), string(digits[:12])
		if p.IntN(2) == 0 {
			value = value[:4] + " " + value[4:8] + " " + value[8:12] + " " + value[12:]
		}
	case 1:
		account := fmt.Sprintf("%018d", p.Uint64N(1e18))
		rest := 0
		for _, c := range account + "131400" { // DE00
			rest = (rest*10 + int(c-'0')) % 97
		}
		value = fmt.Sprintf("DE%02d%s", 98-rest, account)
		canary = account
	case 2:
		canary = fmt.Sprintf("canary%dq", p.Uint64N(1e15))
		value = canary + "@example.com"
	case 3:
		canary = fmt.Sprintf("%03d%02d%04d", 100+p.IntN(500), 10+p.IntN(80), 1000+p.IntN(8000))
		value = canary[:3] + "-" + canary[3:5] + "-" + canary[5:]
		value = "SSN " + value
	default:
		canary = fmt.Sprintf("c%xz%x", p.Uint64(), p.Uint64())
		value = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + canary + strings.Repeat("A", 43)
	}
	p.canaries = append(p.canaries, strings.ToLower(canary))
	return value
}

// text is a text with perhaps something planted in it.
func (p *planter) text() string {
	switch p.IntN(4) {
	case 0:
		return p.plant()
	case 1:
		return p.word() + " " + p.plant() + ", " + p.word()
	}
	return p.word()
}

// member is the name and the value of a field that goes by its name.
func (p *planter) member() (name, value string) {
	canary := fmt.Sprintf("n%xm", p.Uint64())
	p.canaries = append(p.canaries, canary)
	return [...]string{"cvv", "CVV", "pin", "owner", "balance"}[p.IntN(5)], canary
}

// quoted is a text as JSON, in one of its spellings.
func (p *planter) quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case p.IntN(8) == 0 && r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r < ' ':
			fmt.Fprintf(&b, `\u%04X`, r)
		case r == '/' && p.IntN(2) == 0:
			b.WriteString(`\/`)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}

// json is a JSON document.
func (p *planter) json(depth int) string {
	space := [...]string{"", " ", "\n"}[p.IntN(3)]
	switch n := p.IntN(8); {
	case n == 0 || depth > 4:
		return p.quoted(p.text())
	case n == 1:
		return [...]string{"1", "-2.50", "true", "null", "1e9", "0"}[p.IntN(6)]
	case n == 2 && p.nested < 3: // more is refused
		p.nested++
		defer func() { p.nested-- }()
		return p.quoted(p.json(depth + 1))
	case n < 5:
		var items []string
		for range p.IntN(4) {
			items = append(items, p.json(depth+1))
		}
		return "[" + space + strings.Join(items, space+","+space) + "]"
	}
	return p.object(depth)
}

func (p *planter) object(depth int) string {
	var members []string
	for range p.IntN(5) {
		switch p.IntN(3) {
		case 0:
			name, value := p.member()
			members = append(members, p.quoted(name)+": "+p.quoted(value))
		case 1:
			members = append(members, p.quoted(p.text()+" #"+fmt.Sprint(len(members)))+":"+p.json(depth+1))
		default:
			members = append(members, p.quoted(fmt.Sprintf("k%d", len(members)))+":"+p.json(depth+1))
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

// document returns the value of content-type, and a document.
func (p *planter) document() (contentType, body string) {
	line := func() string { return strings.ReplaceAll(p.object(0), "\n", " ") }
	switch p.IntN(8) {
	case 0:
		return "application/x-ndjson", line() + "\n" + line() + "\n" + line() + "\n"
	case 1:
		return "text/event-stream", "event: a\ndata: " + line() + "\n\ndata: " + p.plant() + "\n\n: note\n\ndata: " + line() + "\n\n"
	case 2:
		name, value := p.member()
		q := url.Values{name: {value}, "a": {p.text(), p.text()}, p.text() + " #": {p.text()}, "doc": {p.object(0)}}
		return "application/x-www-form-urlencoded", q.Encode()
	case 3:
		return "text/plain; charset=utf-8", p.text() + "\n" + p.text() + " / " + p.text()
	case 4:
		name, value := p.member()
		var b strings.Builder
		escape := func(s string) string { b.Reset(); _ = xml.EscapeText(&b, []byte(s)); return b.String() }
		body := "<?xml version=\"1.0\"?><r><" + name + ">" + value + "</" + name + "><a t=\"" + escape(p.text()) + "\">" + escape(p.text()) + "</a>"
		return "application/xml", body + "<b>" + escape(p.text()) + "<!-- note --></b></r>"
	case 5:
		name, value := p.member()
		var b strings.Builder
		w := csv.NewWriter(&b)
		_ = w.Write([]string{"id", name, "note"})
		_ = w.Write([]string{"1", value, p.text()})
		_ = w.Write([]string{"2", "", p.text()})
		w.Flush()
		return "text/csv", b.String()
	case 6:
		var b strings.Builder
		w := multipart.NewWriter(&b)
		name, value := p.member()
		_ = w.WriteField(name, value)
		_ = w.WriteField("note", p.text())
		_ = w.WriteField("doc", p.object(0))
		_ = w.Close()
		return w.FormDataContentType(), b.String()
	}
	return "application/json", p.object(0)
}

// decoded appends all texts of a document, as another reader than ours reads them. An
// error says that it cannot.
func decoded(dst []string, contentType, body string) ([]string, error) {
	kind, parameter, _ := strings.Cut(contentType, ";")
	switch kind {
	case "application/json", "application/x-ndjson":
		d := json.NewDecoder(strings.NewReader(body))
		d.UseNumber()
		for {
			var v any
			if err := d.Decode(&v); errors.Is(err, io.EOF) {
				return dst, nil
			} else if err != nil {
				return dst, err
			}
			dst = texts(dst, v)
		}
	case "text/event-stream":
		for line := range strings.Lines(body) {
			data, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "data: ")
			if inner, err := decoded(nil, "application/json", data); ok && err == nil {
				dst = append(dst, inner...)
			}
			dst = append(dst, data)
		}
	case "application/x-www-form-urlencoded":
		q, err := url.ParseQuery(body)
		if err != nil {
			return dst, err
		}
		for name, values := range q {
			dst = append(dst, name)
			for _, v := range values {
				dst = texts(dst, v)
			}
		}
	case "application/xml":
		d := xml.NewDecoder(strings.NewReader(body))
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				return dst, nil
			} else if err != nil {
				return dst, err
			}
			switch token := token.(type) {
			case xml.CharData:
				dst = append(dst, string(token))
			case xml.StartElement:
				for _, a := range token.Attr {
					dst = append(dst, a.Value)
				}
			}
		}
	case "text/csv":
		rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		for _, row := range rows {
			dst = append(dst, row...)
		}
		return dst, err
	case "multipart/form-data":
		r := multipart.NewReader(strings.NewReader(body), strings.TrimPrefix(strings.TrimSpace(parameter), "boundary="))
		for {
			part, err := r.NextPart()
			if errors.Is(err, io.EOF) {
				return dst, nil
			} else if err != nil {
				return dst, err
			}
			data, err := io.ReadAll(part)
			if err != nil {
				return dst, err
			}
			dst = texts(append(dst, part.FormName()), string(data))
		}
	}
	return append(dst, body), nil
}

// texts appends the texts of a JSON value, those in encoded documents included.
func texts(dst []string, v any) []string {
	switch v := v.(type) {
	case string:
		if inner, err := decoded(nil, "application/json", v); err == nil {
			dst = append(dst, inner...)
		}
		return append(dst, v)
	case json.Number:
		return append(dst, v.String())
	case []any:
		for _, item := range v {
			dst = texts(dst, item)
		}
	case map[string]any:
		for name, item := range v {
			dst = texts(append(dst, name), item)
		}
	}
	return dst
}

// letters are the letters and digits of a text, in lower case.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' || 'a' <= r && r <= 'z' {
			return r
		}
		return -1
	}, strings.ToLower(s))
}

// checkPlanted runs a document with planted data, whole and in pieces.
func checkPlanted(t *testing.T, i *Inspector, seed uint64) {
	p := &planter{Rand: rand.New(rand.NewPCG(seed, 8))}
	contentType, body := p.document()
	if _, err := decoded(nil, contentType, body); err != nil {
		t.Fatalf("seed %d: the planter made %s that cannot be read: %v\n%s", seed, contentType, err, body)
	}
	x := exchange{fields: []string{"content-type: " + contentType}, body: body}
	whole := run(i, x)
	if whole.refusal != nil || whole.response.Outcome != policy.Allow {
		t.Fatalf("seed %d: %s is refused: %+v\n%s", seed, contentType, whole.refusal, body)
	}
	left, err := decoded(nil, contentType, whole.body)
	if err != nil {
		t.Fatalf("seed %d: %s cannot be read any more: %v\n%s\n%s", seed, contentType, err, body, whole.body)
	}
	for _, text := range append(left, whole.body) {
		for _, canary := range p.canaries {
			if strings.Contains(letters(text), canary) {
				t.Fatalf("seed %d: %s: %s leaves\n%s\n%s", seed, contentType, canary, body, whole.body)
			}
		}
	}
	for _, s := range whole.done.Sightings {
		for _, canary := range p.canaries {
			if strings.Contains(letters(s.Path+s.Kind), canary) {
				t.Fatalf("seed %d: a sighting has %s: %+v", seed, canary, s)
			}
		}
	}
	for range 3 {
		if x.cut = p.IntN(len(body) + 1); run(i, x).body != whole.body {
			t.Fatalf("seed %d: %s cut at %d leaves otherwise\n%s", seed, contentType, x.cut, body)
		}
	}
	// A second gateway changes nothing.
	x.cut, x.body = 0, whole.body
	if again := run(i, x); again.body != whole.body && whole.body != "" {
		t.Fatalf("seed %d: %s, twice\n%s\n%s\n%s", seed, contentType, body, whole.body, again.body)
	}
	// What breaks off leaves nothing that is not decided.
	x.body = body[:p.IntN(len(body)+1)]
	if o := run(i, x); !strings.HasPrefix(whole.body, o.body) && o.refusal != nil {
		t.Fatalf("seed %d: %s broken off behind %d bytes leaves\n%s\n%s", seed, contentType, len(x.body), o.body, whole.body)
	}
}

// TestNoCanaryLeaves plants data in random documents of all formats, in all spellings,
// and looks for it in what leaves with other readers than ours.
func TestNoCanaryLeaves(t *testing.T) {
	i := inspector(t, canaryRules)
	rounds := uint64(6000)
	if testing.Short() {
		rounds = 600
	}
	for seed := range rounds {
		checkPlanted(t, i, seed)
	}
	i = inspector(t, strings.Replace(canaryRules, `"fields":[`, `"fields":[`+manyFields, 1))
	for seed := range rounds / 4 {
		checkPlanted(t, i, seed)
	}
}

// TestEveryTime asserts that what has been learnt of names does not let values pass.
func TestEveryTime(t *testing.T) {
	const body = `{"a":{"cvv":"123","k":1},"b":[{"cvv":"123"},{"cvv":"123","k":"v"},{"cvv":"123"}],"c":{"k":2,"cvv":"123"},"cvv":[1,2,3],"pin":{"x":1,"y":["a","b"]}}`
	for name, rules := range map[string]string{"few patterns": canaryRules, "many patterns": strings.Replace(canaryRules, `"fields":[`, `"fields":[`+manyFields, 1),
		"no detectors": `{"responses":[{"match":{},"fields":[` + manyFields + `{"path":["**.cvv"],"action":{"drop":true}},{"path":"**.pin","action":{"null":true}}]}]}`} {
		i := inspector(t, rules)
		for n := range 4 {
			o := run(i, exchange{fields: []string{"content-type: application/json"}, body: body})
			if want := `{"a":{"k":1},"b":[{},{"k":"v"},{}],"c":{"k":2},"pin":null}`; o.body != want {
				t.Errorf("%s, time %d: %s, want %s", name, n, o.body, want)
			}
		}
	}
}

func FuzzNoCanaryLeaves(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed)
	}
	i := inspector(f, canaryRules)
	f.Fuzz(func(t *testing.T, seed uint64) { checkPlanted(t, i, seed) })
}

// FuzzBody gives any bytes as any format: nothing panics, what leaves does not depend on
// where it is cut, and JSON that was valid stays so.
func FuzzBody(f *testing.F) {
	kinds := []string{"application/json", "application/x-ndjson", "text/event-stream", "application/x-www-form-urlencoded", "text/plain", "application/xml",
		"text/csv", "multipart/form-data; boundary=b", "application/grpc+json", "text/html"}
	for kind := range kinds {
		f.Add(uint8(kind), uint16(3), []byte(`{"a":"4111 1111 1111 1111","cvv":"\u0034"}`))
	}
	f.Add(uint8(7), uint16(9), []byte("--b\r\nContent-Disposition: form-data; name=\"cvv\"\r\n\r\n123\r\n--b--\r\n"))
	i := inspector(f, canaryRules)
	f.Fuzz(func(t *testing.T, kind uint8, cut uint16, body []byte) {
		x := exchange{fields: []string{"content-type: " + kinds[int(kind)%len(kinds)]}, body: string(body)}
		whole := run(i, x)
		x.cut = int(cut) % (len(body) + 1)
		if o := run(i, x); whole.refusal == nil && o.body != whole.body || (o.refusal == nil) != (whole.refusal == nil) {
			t.Fatalf("%s cut at %d: %q, whole %q", x.fields, x.cut, o.body, whole.body)
		}
		if kind%uint8(len(kinds)) == 0 && json.Valid(body) && (whole.refusal != nil || !json.Valid([]byte(whole.body))) {
			t.Fatalf("%q becomes %q, %+v", body, whole.body, whole.refusal)
		}
	})
}

// TestCompressedCanaries is the same behind gzip, which is read and written again.
func TestCompressedCanaries(t *testing.T) {
	i := inspector(t, canaryRules)
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(`{"pan":"4111111111111111","x":"` + strings.Repeat("y", 5000) + `"}`))
	_ = w.Close()
	for cut := range b.Len() {
		o := run(i, exchange{fields: []string{"content-type: application/json", "content-encoding: gzip"}, body: b.String(), cut: cut})
		r, err := gzip.NewReader(strings.NewReader(o.body))
		if err != nil {
			t.Fatal(err)
		}
		if plain, err := io.ReadAll(r); err != nil || !bytes.HasPrefix(plain, []byte(`{"pan":"************1111","x":"yyy`)) {
			t.Fatalf("cut at %d: %v, %.40s", cut, err, plain)
		}
	}
}
