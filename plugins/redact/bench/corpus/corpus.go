// Package corpus makes the bodies that benchmarks of redact read: what an API of a
// shop answers, with personal data in a few per cent of its values. The same size is
// the same body, always.
package corpus

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"gatehouse/plugins/redact/detect"
)

// Body is a body of a response.
type Body struct {
	Name        string
	ContentType string
	Text        []byte
	// Canaries are the values in it that must not leave.
	Canaries []string
}

// Configuration is the plugin's: some fields and five detectors.
const Configuration = `{"responses":[{"name":"customers","match":{"path":{"prefix":"/customers"}},"unread":"pass","fields":` + fields + `,"detectors":` + detectors + `}]}`

// FieldsOnly is Configuration without the detectors.
const FieldsOnly = `{"responses":[{"name":"customers","match":{"path":{"prefix":"/customers"}},"fields":` + fields + `}]}`

// Unchanging is Configuration with finds so sure that there are none, and without fields:
// what leaves is what came.
const Unchanging = `{"responses":[{"match":{"path":{"prefix":"/customers"}},"detectors":[
	{"type":"card","confidence":100,"action":{"drop":true}},{"type":"iban","confidence":100,"action":{"drop":true}},{"type":"email","confidence":100,"action":{"drop":true}},
	{"type":"phone","confidence":100,"action":{"drop":true}},{"type":"us_ssn","confidence":100,"action":{"drop":true}}]}]}`

// Every has all detectors that there are, for the memory that they take.
func Every() string {
	var list []string
	for _, info := range detect.Kinds() {
		list = append(list, `{"type":"`+string(info.Kind)+`","action":{"mask":{}}}`)
	}
	return `{"responses":[{"match":{"path":{"prefix":"/customers"}},"unread":"pass","fields":` + fields + `,"detectors":[` + strings.Join(list, ",") + `]}]}`
}

const (
	fields = `[
	{"path":"customers[*].name.last","action":{"mask":{"keep_first":1}}},
	{"path":"customers[*].address.street","action":{"replace":"[street]"}},
	{"path":"**.birth_date","action":{"date":"year"}},
	{"path":"**.password","action":{"drop":true}},
	{"path":"**.pin","action":{"null":true}}]`
	detectors = `[
	{"type":"card","action":{"mask":{"keep_last":4}}},
	{"type":"iban","action":{"mask":{"keep_first":2,"keep_last":2}}},
	{"type":"email","action":{"replace":"[e-mail]"}},
	{"type":"phone","action":{"replace":"[phone]"}},
	{"type":"us_ssn","action":{"replace":"[ssn]"}}]`
)

// All returns one body of each kind, of at least so many bytes each.
func All(size int) []Body {
	return []Body{JSON(size), Pretty(size), Lines(size), Events(size), Text(size)}
}

// JSON is a list of customers in one document.
func JSON(size int) Body {
	b := writer{random: rand.New(rand.NewPCG(2026, 11))}
	b.add(`{"customers":[`)
	for n := 0; b.Len() < size; n++ {
		if n > 0 {
			b.add(",")
		}
		b.customer(n)
	}
	b.add(`],"next":"` + b.base64(24) + `"}`)
	return Body{"JSON", "application/json", []byte(b.String()), b.canaries}
}

// Pretty is the document of JSON as people read it: with a line for each value.
func Pretty(size int) Body {
	plain := JSON(size * 2 / 3)
	var b strings.Builder
	depth, quoted := 0, false
	line := func() { b.WriteByte('\n'); b.WriteString(strings.Repeat("  ", depth)) }
	for i, c := range plain.Text {
		switch {
		case c == '"' && plain.Text[i-1] != '\\':
			quoted = !quoted
		case quoted:
		case c == '}' || c == ']':
			depth--
			line()
		}
		b.WriteByte(c)
		switch {
		case quoted:
		case c == '{' || c == '[':
			depth++
			line()
		case c == ',':
			line()
		case c == ':':
			b.WriteByte(' ')
		}
	}
	return Body{"JSON, indented", "application/json", []byte(b.String()), plain.Canaries}
}

// Lines are customers as JSON documents, one on each line.
func Lines(size int) Body {
	b := writer{random: rand.New(rand.NewPCG(2026, 12))}
	for n := 0; b.Len() < size; n++ {
		b.add(`{"customers":[`)
		b.customer(n)
		b.add("]}\n")
	}
	return Body{"JSON lines", "application/x-ndjson", []byte(b.String()), b.canaries}
}

// Events are the pieces of an answer of a language model.
func Events(size int) Body {
	b := writer{random: rand.New(rand.NewPCG(2026, 13))}
	for n := 0; b.Len() < size; n++ {
		b.add("event: message\ndata: {\"id\":\"chatcmpl-" + b.hex(24) + `","created":` + strconv.Itoa(1793491200+n) + `,"choices":[{"index":0,"delta":{"content":"`)
		switch b.random.IntN(30) {
		case 0:
			b.add(" " + b.email())
		case 1:
			b.add(" " + b.card(" "))
		default:
			b.add(" " + b.pick(words))
		}
		b.add("\"},\"finish_reason\":null}]}\n\n")
	}
	b.add("data: [DONE]\n\n")
	return Body{"events", "text/event-stream", []byte(b.String()), b.canaries}
}

// Text is prose with lines of a log.
func Text(size int) Body {
	b := writer{random: rand.New(rand.NewPCG(2026, 14))}
	for b.Len() < size {
		if b.random.IntN(3) > 0 {
			b.add(b.prose(30) + "\n")
			continue
		}
		fmt.Fprintf(&b, "%s INFO request=%s status=%d took=%.3f path=/orders/%d", b.time(), b.uuid(), 200+b.random.IntN(5), b.random.Float64(), b.random.IntN(1e6))
		switch b.random.IntN(12) {
		case 0:
			b.add(" mail to " + b.email())
		case 1:
			b.add(" paid with card " + b.card("-"))
		case 2:
			b.add(" paid from " + b.iban())
		}
		b.add("\n")
	}
	return Body{"text", "text/plain", []byte(b.String()), b.canaries}
}

// writer is a body that is being made.
type writer struct {
	strings.Builder
	random   *rand.Rand
	canaries []string
}

func (b *writer) add(text string) { b.WriteString(text) }

func (b *writer) pick(from []string) string { return from[b.random.IntN(len(from))] }

// canary notes a value that must not leave.
func (b *writer) canary(value string) string {
	b.canaries = append(b.canaries, value)
	return value
}

func (b *writer) customer(n int) {
	first, last := b.pick(firstNames), b.canary(b.pick(lastNames)+"-"+b.letters(5))
	b.add(`{"id":"` + b.uuid() + `","number":` + strconv.Itoa(100000+n) + `,"created_at":"` + b.time() + `","updated":` + strconv.FormatInt(1793491200000+b.random.Int64N(1e9), 10))
	b.add(`,"name":{"first":"` + first + `","last":"` + last + `"},"title":"` + b.pick(titles) + `"`)
	b.add(`,"email":"` + b.email() + `","phone":"` + b.phone() + `"`)
	if b.random.IntN(3) == 0 {
		b.add(`,"birth_date":"` + b.canary(fmt.Sprintf("19%02d-%02d-%02d", 40+b.random.IntN(60), 1+b.random.IntN(12), 1+b.random.IntN(28))) + `"`)
	}
	if b.random.IntN(8) == 0 {
		b.add(`,"password":"` + b.canary(b.letters(12)) + `","pin":` + b.digits(4))
	}
	fmt.Fprintf(b, `,"address":{"street":"%s","city":"%s","postal_code":"%s","country":"%s","geo":{"lat":%.7f,"lon":%.7f}}`,
		b.canary(strconv.Itoa(1+b.random.IntN(99))+" "+b.letters(8)+" Road"), b.pick(cities), b.digits(5), b.pick(countries), b.random.Float64()*180-90, b.random.Float64()*360-180)
	b.add(`,"active":` + strconv.FormatBool(b.random.IntN(5) > 0) + `,"referrer":null,"score":` + strconv.FormatFloat(b.random.Float64(), 'g', 16, 64))
	b.add(`,"tags":["` + b.pick(words) + `","` + b.pick(words) + `"],"note":"` + b.note() + `","orders":[`)
	for i := range 1 + b.random.IntN(3) {
		if i > 0 {
			b.add(",")
		}
		b.order()
	}
	b.add(`],"consent":{"version":"` + fmt.Sprintf("%d.%d.%d", b.random.IntN(5), b.random.IntN(20), b.random.IntN(20)) + `","hash":"` + b.hex(40) + `","signature":"` + b.base64(66) + `"}}`)
}

func (b *writer) order() {
	fmt.Fprintf(b, `{"id":"ord_%s","placed_at":"%s","status":"%s","currency":"%s","total":%.2f,"tracking":"1Z%s","lines":[`,
		b.letters(12), b.time(), b.pick(states), b.pick(currencies), b.random.Float64()*500, strings.ToUpper(b.letters(6))+b.digits(6))
	for i := range 1 + b.random.IntN(4) {
		if i > 0 {
			b.add(",")
		}
		fmt.Fprintf(b, `{"sku":"%s-%s","title":"%s %s","quantity":%d,"price":%.2f,"vat":0.19,"gift":false}`,
			strings.ToUpper(b.letters(3)), b.digits(4), b.pick(words), b.pick(words), 1+b.random.IntN(5), b.random.Float64()*100)
	}
	b.add(`],"payment":{"method":"`)
	switch b.random.IntN(6) {
	case 0:
		b.add(`card","card":"` + b.card(" ") + `"`)
	case 1:
		b.add(`card","card":` + b.card(""))
	case 2:
		b.add(`transfer","iban":"` + b.iban() + `"`)
	default:
		b.add(`wallet","wallet":"` + b.uuid() + `"`)
	}
	b.add(`}}`)
}

// note is what somebody has written about a customer.
func (b *writer) note() string {
	text := b.prose(8 + b.random.IntN(16))
	switch b.random.IntN(12) {
	case 0:
		text += ` Said \"write to ` + b.email() + `\", twice.`
	case 1:
		text += `\nSSN ` + b.canary(fmt.Sprintf("%03d-%02d-%04d", 100+b.random.IntN(500), 1+b.random.IntN(99), 1+b.random.IntN(9999))) + " on file."
	case 2:
		text += " Übergabe gemäß Absprache, caf\\u00e9 – 東京."
	case 3:
		text += " Call " + b.phone() + " first."
	}
	return text
}

func (b *writer) prose(n int) string {
	var text []string
	for range n {
		text = append(text, b.pick(words))
	}
	return strings.Join(text, " ") + "."
}

func (b *writer) email() string {
	return b.canary(strings.ToLower(b.pick(firstNames)) + "." + b.letters(6) + "@" + b.pick([]string{"example.com", "mail.example.org", "example.co.uk"}))
}

func (b *writer) phone() string {
	return b.canary(fmt.Sprintf("+1 %d%s %d%s %s", 2+b.random.IntN(7), "12", 2+b.random.IntN(7), b.digits(2), b.digits(4)))
}

// card is a number of 16 digits with a valid check digit, in groups of four.
func (b *writer) card(separator string) string {
	digits := "4" + b.digits(14)
	sum := 0
	for i, c := range []byte(digits) {
		d := int(c - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	digits += strconv.Itoa((10 - sum%10) % 10)
	return b.canary(digits[:4] + separator + digits[4:8] + separator + digits[8:12] + separator + digits[12:])
}

// iban is a German account number.
func (b *writer) iban() string {
	account := b.digits(18)
	rest := 0
	for _, c := range []byte(account + "131400") {
		rest = (rest*10 + int(c-'0')) % 97
	}
	return b.canary(fmt.Sprintf("DE%02d%s", 98-rest, account))
}

func (b *writer) time() string {
	return fmt.Sprintf("2026-%02d-%02dT%02d:%02d:%02d.%03dZ", 1+b.random.IntN(12), 1+b.random.IntN(28), b.random.IntN(24), b.random.IntN(60), b.random.IntN(60), b.random.IntN(1000))
}

func (b *writer) uuid() string {
	return fmt.Sprintf("%s-%s-4%s-a%s-%s", b.hex(8), b.hex(4), b.hex(3), b.hex(3), b.hex(12))
}

func (b *writer) base64(bytes int) string {
	raw := make([]byte, bytes)
	for i := range raw {
		raw[i] = byte(b.random.IntN(256))
	}
	return base64.StdEncoding.EncodeToString(raw)
}

func (b *writer) hex(n int) string     { return b.of("0123456789abcdef", n) }
func (b *writer) letters(n int) string { return b.of("abcdefghijklmnopqrstuvwxyz", n) }
func (b *writer) digits(n int) string  { return b.of("123456789", n) }

func (b *writer) of(alphabet string, n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = alphabet[b.random.IntN(len(alphabet))]
	}
	return string(text)
}

var (
	firstNames = []string{"Ada", "Jörg", "Zoë", "Bob", "Mei", "Ivan", "Chloe", "Omar", "Lucia", "Sven"}
	lastNames  = []string{"Muster", "García", "Smith", "Nowak", "Tanaka", "Okafor", "Rossi", "Dubois"}
	titles     = []string{"Ms", "Mr", "Dr", "", "Prof"}
	cities     = []string{"Berlin", "São Paulo", "Springfield", "Kraków", "Lyon", "Osaka"}
	countries  = []string{"DE", "BR", "US", "PL", "FR", "JP"}
	states     = []string{"delivered", "shipped", "open", "cancelled", "returned"}
	currencies = []string{"EUR", "USD", "JPY", "PLN"}
	words      = strings.Fields(`the customer has asked for a quick delivery of blue wool scarves and two pairs of winter shoes because last order was late
		prefers mornings before ten please leave it at door or with neighbours warehouse size medium colour green cotton leather gift wrapped standard`)
)
