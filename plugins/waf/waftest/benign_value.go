package waftest

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// author writes harmless requests, each from the state of one generator.
type author struct {
	*rand.Rand
	*lists
}

// text is a value of any kind that people and programs put into a field.
func (a *author) text() string {
	switch a.IntN(20) {
	case 0, 1, 2:
		return pick(a.Rand, a.names)
	case 3:
		return pick(a.Rand, a.places)
	case 4, 5, 6, 7:
		return a.prose(1 + a.IntN(3))
	case 8:
		return pick(a.Rand, a.searches)
	case 9:
		return pick(a.Rand, a.markdown)
	case 10:
		return pick(a.Rand, a.code)
	case 11:
		return a.blob(1 + a.IntN(200))
	case 12:
		return a.uuid()
	case 13:
		return a.date()
	case 14:
		return a.link()
	case 15:
		return a.email()
	case 16:
		return a.phone()
	case 17:
		return a.price()
	default:
		return pick(a.Rand, a.words)
	}
}

func (a *author) prose(sentences int) string {
	s := make([]string, sentences)
	for i := range s {
		s[i] = pick(a.Rand, a.sentences)
	}
	return strings.Join(s, pick(a.Rand, []string{" ", " ", "\n", "\r\n"}))
}

func (a *author) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(a.Uint32())
	}
	return b
}

func (a *author) blob(n int) string {
	return pick(a.Rand, []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding}).EncodeToString(a.bytes(n))
}

func (a *author) hex(digits int) string {
	return fmt.Sprintf("%x", a.bytes(digits/2))
}

func (a *author) uuid() string {
	b := a.bytes(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func (a *author) time() time.Time {
	return time.Unix(1_600_000_000+a.Int64N(170_000_000), a.Int64N(1000)*1e6).UTC()
}

func (a *author) date() string {
	return a.time().Format(pick(a.Rand, []string{
		time.DateOnly, time.RFC3339, "2006-01-02T15:04:05.000Z", "2006-01-02T15:04:05+02:00", time.RFC1123, "02.01.2006 15:04", "1/2/06, 3:04 PM",
	}))
}

func (a *author) email() string {
	user := pick(a.Rand, a.words) + pick(a.Rand, []string{".", "_", "-", "+"}) + pick(a.Rand, a.words)
	return user + strconv.Itoa(a.IntN(100)) + "@" + pick(a.Rand, []string{"example.com", "example.org", "mail.example.co.uk", "bücher.example"})
}

func (a *author) phone() string {
	return fmt.Sprintf(pick(a.Rand, []string{"+44 20 7946 0%03d", "(555) 0%03d-1234", "+49-30-1%03d", "+1 (212) 555-0%03d ext. 7"}), a.IntN(1000))
}

func (a *author) price() string {
	return fmt.Sprintf(pick(a.Rand, []string{"%d.99", "€ %d,50", "$%d.00", "£%d", "%d kr.", "-%d.5%%", "¥%d"}), a.IntN(5000))
}

func (a *author) link() string {
	s := "https://" + pick(a.Rand, []string{"www.example.com", "cdn.example.net", "app.example.org:8443"})
	for range 1 + a.IntN(3) {
		s += "/" + pick(a.Rand, a.words)
	}
	if a.IntN(2) == 0 {
		s += "?" + pick(a.Rand, a.words) + "=" + strconv.Itoa(a.IntN(1000)) + "&utm_source=news%20letter"
	}
	if a.IntN(4) == 0 {
		s += "#" + pick(a.Rand, a.words)
	}
	return s
}

// jwt is shaped like a signed token.
func (a *author) jwt() string {
	encode := base64.RawURLEncoding.EncodeToString
	header := encode(fmt.Appendf(nil, `{"alg":"RS256","typ":"JWT","kid":"%s"}`, a.hex(8)))
	claims := encode(fmt.Appendf(nil, `{"iss":"https://id.example.com/","sub":"%s","aud":"api","exp":%d,"scope":"openid profile"}`, a.uuid(), a.time().Unix()))
	return header + "." + claims + "." + encode(a.bytes(64))
}

// field is a name in one of the usual spellings.
func (a *author) field() string {
	x, y := pick(a.Rand, a.words), pick(a.Rand, a.words)
	switch a.IntN(6) {
	case 0:
		return x + "_" + y
	case 1:
		return x + strings.ToUpper(y[:1]) + y[1:]
	case 2:
		return x + "Id"
	case 3:
		return x + "-" + y
	default:
		return x
	}
}

// tree is a JSON value with up to depth levels below it.
func (a *author) tree(depth int) string {
	if depth == 0 {
		switch a.IntN(8) {
		case 0:
			return strconv.Itoa(a.IntN(1_000_000))
		case 1:
			return strconv.FormatFloat(a.Float64()*1000, 'f', 2, 64)
		case 2:
			return pick(a.Rand, []string{"true", "false", "null"})
		default:
			return quote(a.text())
		}
	}
	items := make([]string, 1+a.IntN(5))
	if a.IntN(3) == 0 {
		for i := range items {
			items[i] = a.tree(depth - 1)
		}
		return "[" + strings.Join(items, ",") + "]"
	}
	for i := range items {
		items[i] = quote(a.field()+strconv.Itoa(i)) + ": " + a.tree(a.IntN(depth))
	}
	return "{" + strings.Join(items, ", ") + "}"
}
