package format

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// BenchmarkFormats rewrites documents of which one field in ten is replaced, in
// pieces of 16 KiB, and checks what leaves.
func BenchmarkFormats(b *testing.B) {
	const rows = 2000
	var form, text, csv, xml, parts strings.Builder
	csv.WriteString("id,name,card,note\r\n")
	xml.WriteString("<?xml version=\"1.0\"?>\n<customers>\n")
	for i := range rows {
		note := fmt.Sprintf("order %d of this customer is on its way; it was paid for & packed", i)
		fmt.Fprintf(&form, "id%d=%d&name=Jane+Doe&city=New+York&zip=%05d&card=4111111111111111&note=%s&", i, i, i, strings.ReplaceAll(strings.ReplaceAll(note, " ", "+"), "&", "%26"))
		fmt.Fprintf(&text, "2026-01-02T03:04:05Z info customer=%d %s\n", i, note)
		fmt.Fprintf(&csv, "%d,Jane Doe,4111111111111111,\"%s, \"\"soon\"\"\"\r\n", i, note)
		fmt.Fprintf(&xml, " <customer id=\"%d\"><name>Jane Doe</name><city>New York</city><card>4111111111111111</card><note>%s</note></customer>\n", i, strings.ReplaceAll(note, "&", "&amp;"))
		fmt.Fprintf(&parts, "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\n%s\r\n--b\r\nContent-Disposition: form-data; name=\"card\"\r\n\r\n4111111111111111\r\n", note)
	}
	xml.WriteString("</customers>\n")
	parts.WriteString("--b--\r\n")
	var html strings.Builder
	html.WriteString("<!DOCTYPE html>\n<html><body><table>\n")
	for i := range rows {
		fmt.Fprintf(&html, "<tr class=\"row\" id=\"c%d\"><td>Jane <b>Doe</b></td><td>New York</td><td data-x=1>order %d of this customer is on its way; it was paid for &amp; packed</td></tr>\n", i, i)
	}
	v := &ruled{rules: []rule{{"**.card", Replace, "************1111"}}}
	paths := v.paths(b)
	gz := compressed(b, "gzip", 6, []byte(text.String()))
	by := NewCompressor()
	tests := []struct {
		name  string
		doc   string
		size  int
		found int
		start func() Rewriter
	}{
		{"form", form.String(), form.Len(), rows, func() Rewriter { return NewForm(v, paths, Limits{}) }},
		{"text", text.String(), text.Len(), 0, func() Rewriter { return NewText(v, paths, Limits{}) }},
		{"csv", csv.String(), csv.Len(), rows, func() Rewriter { return NewCSV(Choice{}, v, paths, Limits{}) }},
		{"xml", xml.String(), xml.Len(), rows, func() Rewriter { return NewXML(false, v, paths, Limits{}) }},
		{"html", html.String(), html.Len(), 0, func() Rewriter { return NewHTML(v, paths, Limits{}) }},
		{"multipart", parts.String(), parts.Len(), rows, func() Rewriter { return multipartOf(b, "b", v, Options{Paths: paths}) }},
		{"gzip", string(gz), text.Len(), 0, func() Rewriter {
			return NewDecoded(NewText(v, paths, Limits{}), CodingGzip, by, DefaultExpansion)
		}},
	}
	for _, tt := range tests {
		b.Run(tt.name, func(b *testing.B) {
			doc := []byte(tt.doc)
			var out []byte
			b.SetBytes(int64(tt.size))
			b.ReportAllocs()
			for b.Loop() {
				r := tt.start()
				out = out[:0]
				var err error
				for at := 0; at < len(doc) && err == nil; at += 16 << 10 {
					out, err = r.Write(out, doc[at:min(len(doc), at+16<<10)])
				}
				if err == nil {
					out, err = r.Close(out)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			if n := bytes.Count(out, []byte("************1111")); n != tt.found {
				b.Errorf("%d replaced, want %d", n, tt.found)
			}
		})
	}
}

// BenchmarkInflate decodes and checks the length.
func BenchmarkInflate(b *testing.B) {
	text := []byte(strings.Repeat("{\"id\":123,\"name\":\"Jane Doe\",\"card\":\"4111111111111111\"},", 1000))
	for i := range text {
		text[i] += byte(i*i%7) & 1 // some variety
	}
	doc := compressed(b, "raw", 6, text)
	var d inflater
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		d.reset()
		size := 0
		for piece := doc; d.stage != inflateDone; {
			n, err := d.decode(piece)
			if err != nil {
				b.Fatal(err)
			}
			piece = piece[n:]
			size += len(d.out())
		}
		if size != len(text) {
			b.Fatalf("%d bytes, want %d", size, len(text))
		}
	}
}
