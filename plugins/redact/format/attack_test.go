package format

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	stdcsv "encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	stdmultipart "mime/multipart"
	"mime/quotedprintable"
	"net/url"
	"strings"
	"testing"
	"unicode/utf16"
)

// attacker writes documents of all formats, one in the other, with a canary in texts
// and names in as many spellings as their formats have.
type attacker struct {
	*rand.Rand
}

// attack is a document and how its texts are read without the package.
type attack struct {
	contentType string
	coding      string
	doc         []byte
	read        func(doc []byte) (texts []string, ok bool)
}

func (a attacker) one(n int) bool { return a.IntN(n) == 0 }

// text is what a value says: the canary is in one of three.
func (a attacker) text() string {
	filler := []string{"a", "W", "WO", "RD", "D", " ", "é", "\"", "\\", "&", "<", ">", "'", "=", "%", "+", ",", ";", "4111", "{", "]", "😀", "x\ty", "]]>", "--"}
	var b strings.Builder
	for range a.IntN(5) {
		b.WriteString(filler[a.IntN(len(filler))])
	}
	if a.one(3) {
		b.WriteString(leak)
		for range a.IntN(4) {
			b.WriteString(filler[a.IntN(len(filler))])
		}
	}
	if a.one(30) {
		b.WriteString(strings.Repeat("xy", 40) + leak)
	}
	return b.String()
}

// string writes a JSON string.
func (a attacker) string(text string) string {
	b := []byte{'"'}
	for _, r := range text {
		switch {
		case a.one(4) && r < 0x10000:
			b = fmt.Appendf(b, []string{"\\u%04x", "\\u%04X"}[a.IntN(2)], r)
		case a.one(4):
			high, low := utf16.EncodeRune(r)
			if r > 0xffff {
				b = fmt.Appendf(b, "\\u%04x\\u%04x", high, low)
			} else {
				b = appendEscaped(b, []byte(string(r)))
			}
		case r == '/' && a.one(2):
			b = append(b, '\\', '/')
		default:
			b = appendEscaped(b, []byte(string(r)))
		}
	}
	return string(append(b, '"'))
}

func (a attacker) blank() string { return []string{"", "", "", " ", "\n", "\t "}[a.IntN(6)] }

// json writes a JSON value.
func (a attacker) json(depth int) string {
	switch k := a.IntN(8); {
	case depth > 0 && k < 3:
		var items []string
		for range a.IntN(4) {
			items = append(items, a.blank()+a.string(a.text())+a.blank()+":"+a.blank()+a.json(depth-1)+a.blank())
		}
		return "{" + strings.Join(items, ",") + "}"
	case depth > 0 && k < 5:
		var items []string
		for range a.IntN(4) {
			items = append(items, a.blank()+a.json(depth-1)+a.blank())
		}
		return "[" + strings.Join(items, ",") + "]"
	case depth > 0 && k == 5:
		return a.string(a.json(depth - 1)) // JSON in a string
	case k == 6:
		return []string{"1", "-2.5e3", "true", "null", "4111111111111111"}[a.IntN(5)]
	}
	return a.string(a.text())
}

func (a attacker) any() string {
	if a.one(3) {
		return a.json(2)
	}
	return a.text()
}

// form writes a form.
func (a attacker) form() string {
	escaped := func(text string) string {
		var b strings.Builder
		for i := range len(text) {
			c := text[i]
			switch {
			case c == ' ' && a.one(2):
				b.WriteByte('+')
			case a.one(3) || !alphanumeric(c):
				fmt.Fprintf(&b, []string{"%%%02x", "%%%02X"}[a.IntN(2)], c)
			default:
				b.WriteByte(c)
			}
		}
		return b.String()
	}
	var fields []string
	for range 1 + a.IntN(4) {
		fields = append(fields, escaped(a.text())+"="+escaped(a.any()))
	}
	return strings.Join(fields, "&")
}

// csv writes comma-separated values.
func (a attacker) csv() string {
	cell := func() string {
		text := strings.ReplaceAll(a.any(), "\t", "\r\n")
		if a.one(2) || strings.ContainsAny(text, ",\"\r\n;|\t") || text == "" {
			return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
		}
		return text
	}
	var b strings.Builder
	for range 1 + a.IntN(4) {
		b.WriteString(cell() + "," + cell() + "," + cell() + []string{"\n", "\r\n"}[a.IntN(2)])
	}
	return b.String()
}

// referenced writes text with references.
func (a attacker) referenced(text string, html bool) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case html && a.one(6) && r > 9:
			// the semicolon is missing, and no digit follows
			fmt.Fprintf(&b, "&#%03d<!-- -->", r)
		case a.one(5):
			fmt.Fprintf(&b, []string{"&#%d;", "&#x%x;", "&#x%04X;", "&#%012d;"}[a.IntN(4)], r)
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// xml writes an element.
func (a attacker) xml(depth int) string {
	name := []string{"a", "b", "x:c", "WORDs", "WORD:a"}[a.IntN(5)]
	var b strings.Builder
	b.WriteString("<" + name)
	for i := range a.IntN(3) {
		quote := []string{"'", "\""}[a.IntN(2)]
		fmt.Fprintf(&b, " p%d=%s%s%s", i, quote, strings.ReplaceAll(a.referenced(a.any(), false), "'", "&apos;"), quote)
	}
	if a.one(6) {
		b.WriteString("/>")
		return b.String()
	}
	b.WriteString(">")
	for range a.IntN(4) {
		switch k := a.IntN(6); {
		case k == 0 && depth > 0:
			b.WriteString(a.xml(depth - 1))
		case k == 1:
			text := strings.ReplaceAll(a.text(), "]]>", "")
			cut := a.IntN(len(text) + 1)
			for cut > 0 && cut < len(text) && text[cut]&0xc0 == 0x80 {
				cut--
			}
			b.WriteString(text[:cut] + "<![CDATA[" + text[cut:] + "]]>")
			if strings.ContainsAny(text[:cut], "<>&") {
				return a.xml(depth)
			}
		case k == 2:
			b.WriteString("<!--" + strings.ReplaceAll(a.text(), "-", "_") + "-->")
		case k == 3:
			b.WriteString("<?p " + strings.ReplaceAll(a.text(), "?", "_") + "?>")
		default:
			b.WriteString(a.referenced(a.any(), false))
		}
	}
	b.WriteString("</" + name + ">")
	return b.String()
}

// html writes a piece of HTML.
func (a attacker) html() string {
	var b strings.Builder
	for range 1 + a.IntN(6) {
		switch a.IntN(7) {
		case 0:
			text := a.text()
			for _, r := range text {
				if a.one(3) {
					b.WriteString([]string{"<b>", "</b>", "<!---->", "<a href=x>", "</i >"}[a.IntN(5)])
				}
				b.WriteString(a.referenced(string(r), false))
			}
		case 1:
			b.WriteString([]string{"<p", "<WORDs", "</x-word4", "<x-xWORD"}[a.IntN(4)] + " title='" + strings.ReplaceAll(a.referenced(a.any(), false), "'", "&#39;") + "' hidden>")
		case 2:
			text := strings.Map(func(r rune) rune {
				if r <= ' ' || strings.ContainsRune("<>\"'`=", r) {
					return '_'
				}
				return r
			}, a.text())
			b.WriteString("<input value=" + text + "x " + "data-" + strings.NewReplacer("/", "", "_", "").Replace(text) + ">")
		case 3:
			b.WriteString("<script>" + strings.ReplaceAll(a.any(), "<", "_") + "</script>")
		case 4:
			b.WriteString("<title>" + a.referenced(a.text(), false) + "</title>")
		case 5:
			b.WriteString("<!--" + strings.NewReplacer("-", "_", ">", "_").Replace(a.text()) + "--><br>")
		default:
			b.WriteString("<td>" + a.referenced(a.any(), true) + "</td>")
		}
	}
	return b.String()
}

// events writes server-sent events, texts of language models among them.
func (a attacker) events() string {
	var b strings.Builder
	for range 1 + a.IntN(6) {
		end := []string{"\n", "\r\n", "\r"}[a.IntN(3)]
		if a.one(4) {
			line := strings.ReplaceAll(a.text(), "\t", " ")
			b.WriteString([]string{"event: x", ": ", "id:", "", "retry: "}[a.IntN(5)] + "z" + line + end)
		}
		doc := a.json(2)
		if a.one(3) {
			doc = a.piece(a.text())
		}
		for _, line := range strings.Split(doc, "\n") {
			b.WriteString("data:" + []string{"", " "}[a.IntN(2)] + line + end)
		}
		b.WriteString(end)
	}
	return b.String()
}

// piece is a document with a piece of a text.
func (a attacker) piece(text string) string {
	return fmt.Sprintf(`{"choices":[{"index":%d,"delta":{"content":%s}}]}`, a.IntN(2), a.string(text))
}

// deltaStream writes a stream whose texts are cut into pieces anywhere.
func (a attacker) deltaStream(lines bool) string {
	left := [2][]rune{[]rune(a.text() + a.text()), []rune(a.text() + leak)}
	var b strings.Builder
	for len(left[0])+len(left[1]) > 0 {
		i := a.IntN(2)
		n := min(len(left[i]), a.IntN(4))
		piece := fmt.Sprintf(`{"choices":[{"index":%d,"delta":{"content":%s}}]}`, i, a.string(string(left[i][:n])))
		left[i] = left[i][n:]
		if lines {
			b.WriteString(piece + "\n")
		} else {
			b.WriteString("data: " + piece + "\n\n")
		}
	}
	return b.String()
}

// whole writes a document of any format, parts in parts only if deep.
func (a attacker) whole(deep bool) attack {
	switch k := a.IntN(12); {
	case k == 0:
		return attack{contentType: "application/json", doc: []byte(a.json(3)), read: saidByJSON}
	case k == 1:
		return attack{contentType: "application/x-www-form-urlencoded", doc: []byte(a.form()), read: saidByForm}
	case k == 2:
		return attack{contentType: "text/csv", doc: []byte(a.csv()), read: saidByCSV}
	case k == 3:
		return attack{contentType: "application/xml", doc: []byte(a.xml(3)), read: saidBy(readXML)}
	case k == 4:
		return attack{contentType: "text/html", doc: []byte(a.html()), read: saidBy(readHTML)}
	case k == 5:
		// What begins as JSON is read as that.
		return attack{contentType: "text/plain", doc: []byte("- " + a.text() + a.text()), read: func(doc []byte) ([]string, bool) { return []string{string(doc)}, true }}
	case k == 6 && deep:
		return attack{contentType: "text/event-stream", doc: []byte(a.events()), read: saidByEvents}
	case k == 7 && deep:
		return attack{contentType: "text/event-stream", doc: []byte(a.deltaStream(false)), read: saidByEvents}
	case k == 8 && deep:
		return attack{contentType: "application/x-ndjson", doc: []byte(a.deltaStream(true)), read: saidByLines}
	case k == 9 && deep:
		return attack{contentType: "application/grpc+json", doc: a.framed(), read: saidByFrames}
	case k >= 10 && deep:
		return a.multipart()
	}
	return attack{contentType: "application/x-ndjson", doc: []byte(a.json(2) + "\n" + a.json(1) + "\r\n" + a.json(2)), read: saidByLines}
}

func (a attacker) framed() []byte {
	var b []byte
	for range 1 + a.IntN(3) {
		message := a.json(2)
		b = append(binary.BigEndian.AppendUint32(append(b, 0), uint32(len(message))), message...)
	}
	return b
}

func (a attacker) multipart() attack {
	const boundary = "zz--b"
	var b strings.Builder
	var reads []func([]byte) ([]string, bool)
	for range a.IntN(4) {
		inner := a.whole(false)
		body := string(inner.doc)
		transfer := ""
		switch a.IntN(3) {
		case 0:
			transfer = "Content-Transfer-Encoding: base64\r\n"
			body = base64.StdEncoding.EncodeToString(inner.doc)
			for i := 76; i < len(body); i += 78 {
				body = body[:i] + "\r\n" + body[i:]
			}
		case 1:
			transfer = "Content-Transfer-Encoding: quoted-printable\r\n"
			var q strings.Builder
			w := quotedprintable.NewWriter(&q)
			w.Binary = true
			_, _ = w.Write(inner.doc)
			_ = w.Close()
			body = q.String()
			for i := 0; i < len(body); i++ {
				if c := body[i]; alphanumeric(c) && a.one(9) && (i < 2 || body[i-1] != '=' && body[i-2] != '=') {
					body = body[:i] + fmt.Sprintf("=%02X", c) + body[i+1:]
					i += 2
				}
			}
		}
		if transfer == "" && strings.Contains(body, "\r\n--"+boundary) {
			continue
		}
		name := strings.NewReplacer("\"", "%22", "\\", "\\\\", "\t", " ", ";", "").Replace(a.text())
		fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=\"%s\"; filename*=UTF-8''%s\r\nContent-Type: %s\r\n%s%sX-Other: %s\r\n\r\n%s\r\n",
			boundary, name, strings.ReplaceAll(url.QueryEscape(a.text()), "+", "%20"), inner.contentType, transfer, []string{"", "X-WORD: 1\r\n"}[a.IntN(2)], strings.ReplaceAll(a.text(), "\t", " "), body)
		reads = append(reads, inner.read)
	}
	fmt.Fprintf(&b, "--%s--\r\n", boundary)
	return attack{contentType: "multipart/form-data; boundary=" + boundary, doc: []byte(b.String()), read: func(doc []byte) (texts []string, ok bool) {
		r := stdmultipart.NewReader(bytes.NewReader(doc), boundary)
		for range reads {
			p, err := r.NextRawPart()
			if err == io.EOF {
				break // parts may be dropped for what is in their names
			}
			if err != nil {
				return nil, false
			}
			for name, values := range p.Header {
				texts = append(append(texts, strings.ToUpper(name)), values...)
			}
			texts = append(texts, p.FormName(), p.FileName())
			body := io.Reader(p)
			switch p.Header.Get("Content-Transfer-Encoding") {
			case "base64":
				body = base64.NewDecoder(base64.StdEncoding, body)
			case "quoted-printable":
				body = quotedprintable.NewReader(body)
			}
			b, err := io.ReadAll(body)
			if err != nil {
				return nil, false
			}
			var read func([]byte) ([]string, bool)
			switch p.Header.Get("Content-Type") {
			case "application/json":
				read = saidByJSON
			case "application/x-www-form-urlencoded":
				read = saidByForm
			case "text/csv":
				read = saidByCSV
			case "application/xml":
				read = saidBy(readXML)
			case "text/html":
				read = saidBy(readHTML)
			case "application/x-ndjson":
				read = saidByLines
			default:
				read = func(doc []byte) ([]string, bool) { return []string{string(doc)}, true }
			}
			inner, ok := read(b)
			if !ok {
				return nil, false
			}
			texts = append(texts, inner...)
		}
		return texts, true
	}}
}

// attackNested is how deep documents in documents are read: not at all where windows are
// so small that JSON in texts may be longer.
var attackNested = 4

// said appends a text and what the JSON document that it may be says.
func said(texts []string, text string, nested int) []string {
	texts = append(texts, text)
	if nested > 0 && looksEncoded([]byte(text)) {
		if n := parseNode([]byte(text)); n != nil {
			texts = saidByNode(texts, n, nested-1)
		}
	}
	return texts
}

func saidByNode(texts []string, n *node, nested int) []string {
	texts = append(texts, n.names...)
	if n.kind == String {
		texts = said(texts, n.text, nested)
	}
	for _, m := range n.members {
		texts = saidByNode(texts, m, nested)
	}
	return texts
}

func saidByJSON(doc []byte) ([]string, bool) {
	n := parseNode(doc)
	if n == nil {
		return nil, false
	}
	return saidByNode(nil, n, attackNested), true
}

func saidByForm(doc []byte) (texts []string, ok bool) {
	values, err := url.ParseQuery(string(doc))
	for name, v := range values {
		texts = append(texts, name)
		for _, text := range v {
			texts = said(texts, text, attackNested)
		}
	}
	return texts, err == nil
}

func saidBy(read reader) func([]byte) ([]string, bool) {
	return func(doc []byte) (texts []string, ok bool) {
		found, _, ok := read(doc)
		for _, text := range found {
			texts = said(texts, text, attackNested)
		}
		return texts, ok
	}
}

// saidByCSV reads names as they are: documents in them are not looked for.
func saidByCSV(doc []byte) (texts []string, ok bool) {
	r := stdcsv.NewReader(bytes.NewReader(doc))
	r.FieldsPerRecord = -1
	for first := true; ; first = false {
		row, err := r.Read()
		if err != nil {
			return texts, err == io.EOF
		}
		for _, text := range row {
			if first {
				texts = append(texts, text)
			} else {
				texts = said(texts, text, attackNested)
			}
		}
	}
}

func saidByLines(doc []byte) (texts []string, ok bool) {
	joined := map[string]string{}
	d := json.NewDecoder(bytes.NewReader(doc))
	for {
		var raw json.RawMessage
		if err := d.Decode(&raw); err == io.EOF {
			break
		} else if err != nil {
			return nil, false
		}
		texts = saidByPiece(texts, joined, raw)
	}
	for _, text := range joined {
		texts = append(texts, text)
	}
	return texts, true
}

// saidByPiece reads a document, and joins what it has of a running text.
func saidByPiece(texts []string, joined map[string]string, raw []byte) []string {
	var chunk struct {
		Choices []struct {
			Index int
			Delta struct{ Content string }
		}
	}
	if json.Unmarshal(raw, &chunk) == nil {
		for _, c := range chunk.Choices {
			joined[fmt.Sprint(c.Index)] += c.Delta.Content
		}
	}
	if n := parseNode(raw); n != nil {
		return saidByNode(texts, n, attackNested)
	}
	return append(texts, string(raw))
}

func saidByEvents(doc []byte) (texts []string, ok bool) {
	joined := map[string]string{}
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(doc)), "\n")
	var data []string
	for _, line := range append(lines, "") {
		switch value, is := strings.CutPrefix(line, "data:"); {
		case is:
			data = append(data, strings.TrimPrefix(value, " "))
		case line != "":
			texts = append(texts, line)
		case line == "" && data != nil:
			texts = saidByPiece(texts, joined, []byte(strings.Join(data, "\n")))
			data = nil
		}
	}
	for _, text := range joined {
		texts = append(texts, text)
	}
	return texts, true
}

func saidByFrames(doc []byte) (texts []string, ok bool) {
	for len(doc) >= 5 {
		n := int(binary.BigEndian.Uint32(doc[1:]))
		if len(doc) < 5+n {
			return nil, false
		}
		inner, ok := saidByJSON(doc[5 : 5+n])
		if !ok {
			return nil, false
		}
		texts = append(texts, inner...)
		doc = doc[5+n:]
	}
	return texts, len(doc) == 0
}

// hide says how a canary goes: cut out, or with all of what it is in.
type hide struct {
	keenly
	verdict Verdict
}

func (h *hide) Name(p *Path, text []byte, e *Edit) Verdict { return h.answer(h.ruled.find(text, e), e) }

func (h *hide) Value(p *Path, k Kind, text []byte, e *Edit) Verdict {
	return h.answer(h.keenly.Value(p, k, text, e), e)
}

func (h *hide) answer(v Verdict, e *Edit) Verdict {
	if v == Splice && h.verdict != Splice && !e.More && e.Part == 0 {
		e.Out = append(e.Out[:0], h.with...)
		return h.verdict
	}
	return v
}

// attacked checks one document, chosen by seed.
func attacked(t *testing.T, seed uint64, cut uint16) {
	a := attacker{Rand: rand.New(rand.NewPCG(seed, 1))}
	x := a.whole(true)
	var limits Limits
	if attackNested = 4; a.one(3) {
		limits.Value, attackNested = 700, 0
	}
	wrap := func(b []byte) []byte { return b }
	unwrap := wrap
	if a.one(4) {
		x.coding = "gzip"
		wrap = func(b []byte) []byte { return compressed(t, "gzip", 6, b) }
		unwrap = func(b []byte) []byte { return []byte(uncompressed(t, "gzip", b)) }
	}
	if x.coding == "" && a.one(4) && !strings.HasPrefix(x.contentType, "multipart") && !strings.Contains(x.contentType, "grpc") && !strings.Contains(x.contentType, "form") {
		x.coding = "identity"
		order := []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian}[a.IntN(2)]
		wrap = func(b []byte) (out []byte) {
			for _, u := range utf16.Encode([]rune("\ufeff" + string(b))) {
				out = order.AppendUint16(out, u)
			}
			return out
		}
		unwrap = func(b []byte) []byte {
			units := make([]uint16, len(b)/2)
			for i := range units {
				units[i] = order.(binary.ByteOrder).Uint16(b[2*i:])
			}
			return bytes.TrimPrefix([]byte(string(utf16.Decode(units))), []byte("\ufeff"))
		}
	}
	deltas, err := Compile(StreamedTexts)
	if err != nil {
		t.Fatal(err)
	}
	run := func(v Visitor, doc []byte, cuts ...int) (string, error) {
		r, err := New(Choose(x.contentType, x.coding), v, Options{Limits: limits, Deltas: deltas})
		if err != nil {
			t.Fatal(err)
		}
		out, err := rewritten(r, doc, cuts...)
		if err == nil && len(doc) > 0 {
			out = string(unwrap([]byte(out)))
		}
		return out, err
	}
	doc := wrap(x.doc)
	if _, ok := x.read(x.doc); !ok {
		t.Fatalf("%s: %q cannot be read", x.contentType, x.doc)
	}
	keep := &keenly{ruled: ruled{word: "something else", names: true}}
	at := int(cut) % (len(doc) + 1)
	if got, err := run(keep, doc, at); got != string(x.doc) || err != nil {
		t.Fatalf("%s: kept %q\n became %q, %v", x.contentType, x.doc, got, err)
	}
	for _, h := range []*hide{{verdict: Splice}, {verdict: Splice}, {verdict: Replace}, {verdict: Drop}, {verdict: Nullify}} {
		h.word, h.with, h.names = leak, "#", true
		if a.one(2) {
			h.with = "\"\\<&>'%+=,;\n\x01é--]]>\r\n"
		}
		want, wantErr := run(h, doc)
		for _, cuts := range [][]int{{at}, everyByte(doc)} {
			if got, err := run(h, doc, cuts...); got != want || err != wantErr {
				t.Fatalf("%s: %q cut at %v\n became %q, %v\n want   %q, %v", x.contentType, x.doc, cuts, got, err, want, wantErr)
			}
		}
		if wantErr != nil {
			t.Fatalf("%s: %q: %v", x.contentType, x.doc, wantErr)
		}
		texts, ok := x.read([]byte(want))
		if !ok {
			t.Fatalf("%s: %q\n became %q, which cannot be read", x.contentType, x.doc, want)
		}
		for _, text := range texts {
			if strings.Contains(text, leak) {
				t.Fatalf("%s: %q\n became %q, which says %q", x.contentType, x.doc, want, text)
			}
		}
		if h.verdict == Splice && h.with == "#" {
			if again, err := run(h, wrap([]byte(want))); again != want || err != nil {
				t.Fatalf("%s: %q\n became %q\n and then %q, %v", x.contentType, x.doc, want, again, err)
			}
		}
		if x.coding != "" {
			continue
		}
		short, shortErr := run(h, doc[:at])
		switch {
		case shortErr != nil && !strings.HasPrefix(want, short):
			t.Fatalf("%s: %q cut short became %q, %v, want the beginning of %q", x.contentType, x.doc[:at], short, shortErr, want)
		case shortErr == nil:
			texts, _ := x.read([]byte(short))
			for _, text := range texts {
				if strings.Contains(text, leak) {
					t.Fatalf("%s: %q cut short became %q, which says %q", x.contentType, x.doc[:at], short, text)
				}
			}
		}
	}
}

func TestAttacks(t *testing.T) {
	rounds := uint64(3000)
	if testing.Short() {
		rounds = 300
	}
	for seed := range rounds {
		attacked(t, seed, uint16(seed*7919))
	}
}

func FuzzAttacks(f *testing.F) {
	for seed := range uint64(30) {
		f.Add(seed, uint16(seed))
	}
	f.Fuzz(attacked)
}
