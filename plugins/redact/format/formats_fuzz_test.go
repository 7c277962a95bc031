package format

import (
	"bytes"
	stdcsv "encoding/csv"
	stdxml "encoding/xml"
	"io"
	stdmultipart "mime/multipart"
	"net/url"
	"strings"
	"testing"

	nethtml "golang.org/x/net/html"
)

// leak must not leave.
const leak = "WORD"

// reader reads a document with a reference: its texts, and its shape, which what
// is replaced in texts does not change. It is not ok if it cannot be read.
type reader func(doc []byte) (texts []string, shape string, ok bool)

// sound checks what holds of every document: what is kept is kept byte for byte,
// nothing depends on where it is cut, a document stays one, and no canary leaves.
func sound(t *testing.T, doc []byte, cut uint16, size uint8, start func(Visitor, Limits) Rewriter, read reader) {
	t.Helper()
	cuts := [][]int{nil, {int(cut) % (len(doc) + 1)}}
	if len(doc) < 400 {
		cuts = append(cuts, everyByte(doc))
	}
	l := Limits{Value: 32 + int(size)}
	_, shape, ok := read(doc)
	for i, v := range []Visitor{keeper{}, &ruled{word: leak, with: "**", names: true}, decider{uint32(cut)}} {
		want, wantErr := rewritten(start(v, l), doc)
		for _, c := range cuts[1:] {
			if got, err := rewritten(start(v, l), doc, c...); got != want || err != wantErr {
				t.Fatalf("visitor %d: %q cut at %v\n became %q, %v\n want   %q, %v", i, doc, c, got, err, want, wantErr)
			}
		}
		if wantErr != nil {
			continue
		}
		texts, after, still := read([]byte(want))
		switch {
		case i == 0 && want != string(doc):
			t.Fatalf("%q became %q, want it as it was", doc, want)
		case ok && !still:
			t.Fatalf("visitor %d: %q became %q, which is no document", i, doc, want)
		case ok && i == 1 && after != shape && !strings.Contains(shape, leak): // elements go with their names
			t.Fatalf("%q became %q, of shape %q, want %q", doc, want, after, shape)
		case i == 1 && still:
			for _, text := range texts {
				if strings.Contains(text, leak) {
					t.Fatalf("%q became %q, with the canary in %q", doc, want, text)
				}
			}
		}
	}
}

func FuzzForm(f *testing.F) {
	for _, s := range []string{"", "a=1&b=%57ORD+x&&c", "WORD=WORD&a=WO%52D%", "a=%e9%E9=;", "&=&=1&&"} {
		f.Add([]byte(s), uint16(3), uint8(0))
	}
	f.Fuzz(func(t *testing.T, doc []byte, cut uint16, size uint8) {
		sound(t, doc, cut, size, startForm, readForm)
	})
}

func startForm(v Visitor, l Limits) Rewriter {
	return NewForm(v, nil, l)
}

func readForm(doc []byte) (texts []string, shape string, ok bool) {
	values, err := url.ParseQuery(string(doc))
	for name, v := range values {
		texts = append(append(texts, name), v...)
	}
	return texts, "", err == nil
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"", "a,b\n1,WORD\n", "a;b\r\n\"WO\"\"RD\";\"x\nWORD\"\r\n", "\ufeffa\n\n\"\"\nWORD", "sep=\t\na\tb\n1\t2", "a|b|c\n1", "021\n0\n", "a;C\n\"0\"0"} {
		f.Add([]byte(s), uint16(3), uint8(0))
	}
	f.Fuzz(func(t *testing.T, doc []byte, cut uint16, size uint8) {
		sound(t, doc, cut, size, startCSV, readCSV)
	})
}

func startCSV(v Visitor, l Limits) Rewriter {
	return NewCSV(Choice{Delimiter: ','}, v, nil, l)
}

func readCSV(doc []byte) (texts []string, shape string, ok bool) {
	r := stdcsv.NewReader(bytes.NewReader(bytes.TrimPrefix(doc, []byte("\ufeff"))))
	r.FieldsPerRecord = -1
	for {
		row, err := r.Read()
		if err == io.EOF {
			return texts, shape, !bytes.HasPrefix(doc, []byte("sep="))
		}
		if err != nil {
			return nil, "", false
		}
		texts = append(texts, row...)
		shape += strings.Repeat(",", len(row)) + "\n"
	}
}

func FuzzXML(f *testing.F) {
	for _, s := range []string{
		"", "<r/>", "<?xml version=\"1.0\"?><a:r xmlns:a='u'><b c='WORD&quot;'>WO&#x52;D</b><!-- WORD --><d/></a:r>",
		"<r>WO<![CDATA[R]]>D<![CDATA[]]]]><![CDATA[>WORD]]></r>", "<r><a>1<b>2</b>3</a><?p WORD?></r>", "<r>]]</r>", " 000", "<?xyCsA0z?><a:r></a:r>",
	} {
		f.Add([]byte(s), uint16(3), uint8(0))
	}
	f.Fuzz(func(t *testing.T, doc []byte, cut uint16, size uint8) {
		sound(t, doc, cut, size, startXML, readXML)
	})
}

func startXML(v Visitor, l Limits) Rewriter {
	return NewXML(true, v, nil, l)
}

// readXML joins the texts around comments and instructions that are so short that they
// do not part a text in any window.
func readXML(doc []byte) (texts []string, shape string, ok bool) {
	d := stdxml.NewDecoder(bytes.NewReader(doc))
	text := ""
	for {
		token, err := d.RawToken()
		if err == io.EOF {
			return append(texts, text), shape, true
		}
		if err != nil {
			return nil, "", false
		}
		long := true
		switch token := token.(type) {
		case stdxml.CharData:
			text += string(token)
			continue
		case stdxml.StartElement:
			shape += "<" + token.Name.Space + ":" + token.Name.Local
			texts = append(texts, token.Name.Space, token.Name.Local)
			for _, a := range token.Attr {
				shape += " " + a.Name.Space + ":" + a.Name.Local
				texts = append(texts, a.Name.Space, a.Name.Local, a.Value)
			}
		case stdxml.EndElement:
			shape += ">"
		case stdxml.Comment:
			texts = append(texts, string(token))
			long = len(token) > 6
		case stdxml.ProcInst:
			texts = append(texts, token.Target, string(token.Inst))
			long = len(token.Target)+len(token.Inst) > 6
		case stdxml.Directive:
			return nil, "", false // passes unread
		}
		if long {
			texts = append(texts, text)
			text = ""
		}
	}
}

func FuzzHTML(f *testing.F) {
	for _, s := range []string{
		"", "<p a='WORD' WORD=1>WO&#x52D<b>WORD</b>", "<!--WORD--><script>WORD</scrip</script>WORD", "<title>WO<b>RD&#87;ORD</title>", "<a/=WORD\"b>", "</a x=WORD><?WORD><!WORD></",
		"WO<i>R</i>D< WORD<", "<script><!--<script></script>WORD</script>", "<svg><![CDATA[WORD]]></svg>", "<a b=WORD c=&#87;ORD>", "<a b=1WORD2/>",
	} {
		f.Add([]byte(s), uint16(3), uint8(0))
	}
	f.Fuzz(func(t *testing.T, doc []byte, cut uint16, size uint8) {
		sound(t, doc, cut, size, startHTML, readHTML)
	})
}

func startHTML(v Visitor, l Limits) Rewriter { return NewHTML(v, nil, l) }

func readHTML(doc []byte) (texts []string, shape string, ok bool) {
	z := nethtml.NewTokenizer(bytes.NewReader(doc))
	for z.Next() != nethtml.ErrorToken {
		raw := string(z.Raw())
		token := z.Token()
		switch token.Type {
		case nethtml.TextToken:
			texts = append(texts, token.Data)
		case nethtml.CommentToken, nethtml.DoctypeToken:
			texts = append(texts, raw) // its Data is unescaped, which browsers do not do
		}
		if token.Type == nethtml.StartTagToken || token.Type == nethtml.EndTagToken || token.Type == nethtml.SelfClosingTagToken {
			texts = append(texts, raw)
		}
		for _, a := range token.Attr {
			texts = append(texts, a.Key, a.Val)
		}
	}
	return texts, "", true
}

func FuzzMultipart(f *testing.F) {
	for _, s := range []string{
		"", "--b--", "--b\nContent-Disposition: form-data; name=\"a\"\n\nWORD\n--b--\n",
		"WORD\n--b\nContent-Type: application/json\n\n{\"a\":\"WORD\"}\n--b\nX: WORD\n\nWORD\n--\n--b--\nWORD",
		"--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nWORD\n--c--\n\n--b--", "\n--b--0", "--b--\n",
	} {
		f.Add([]byte(crlf(s)), uint16(3), uint8(0))
	}
	f.Fuzz(func(t *testing.T, doc []byte, cut uint16, size uint8) {
		sound(t, doc, cut, size, startMultipart, readMultipart)
	})
}

func startMultipart(v Visitor, l Limits) Rewriter {
	r, _ := New(Choice{Media: MediaMultipart, Coding: CodingIdentity, Boundary: "b"}, v, Options{Limits: l})
	return r
}

func readMultipart(doc []byte) (texts []string, shape string, ok bool) {
	r := stdmultipart.NewReader(bytes.NewReader(doc), "b")
	for {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return texts, shape, true
		}
		if err != nil {
			return nil, "", false
		}
		b, err := io.ReadAll(p)
		if err != nil {
			return nil, "", false
		}
		for _, values := range p.Header {
			texts = append(texts, values...)
		}
		texts = append(texts, string(b))
		shape += "-"
	}
}
