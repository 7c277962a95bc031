package format

import (
	"bytes"
	"compress/gzip"
	"runtime"
	"strings"
	"testing"
)

// TestFormatsAreBounded passes 32 MiB through each rewriter, in one value where the
// format has long ones, and bounds what is allocated on the way.
func TestFormatsAreBounded(t *testing.T) {
	const size = 32 << 20
	var gz bytes.Buffer
	w, _ := gzip.NewWriterLevel(&gz, gzip.BestSpeed)
	line := []byte(strings.Repeat("a line of a log with a WORD in it, and more\n", 1500))
	for n := 0; n < size; n += len(line) {
		_, _ = w.Write(line)
	}
	_ = w.Close()
	v := &ruled{word: "WORD", with: "**"}
	tests := []struct {
		name              string
		head, piece, tail string
		start             func() Rewriter
	}{
		{"form", "a=", "some+WO%52D+", "&b=1", func() Rewriter { return NewForm(v, nil, Limits{}) }},
		{"fields of a form", "a=1&", "name=a+WORD&", "b=1", func() Rewriter { return NewForm(v, nil, Limits{}) }},
		{"text", "", "some WORD in it\n", "", func() Rewriter { return NewText(v, nil, Limits{}) }},
		{"CSV", "a,b\n", "1,\"a WORD\"\n", "", func() Rewriter { return NewCSV(Choice{}, v, nil, Limits{}) }},
		{"a cell of CSV", "a,b\n1,\"", "a WORD \"\"\n", "\"\n", func() Rewriter { return NewCSV(Choice{}, v, nil, Limits{}) }},
		{"XML", "<r>", "<a b='WORD'>WORD</a>", "</r>", func() Rewriter { return NewXML(false, v, nil, Limits{}) }},
		{"a text of XML", "<r><a>", "WO&#x52;D <![CDATA[WORD]]>", "</a></r>", func() Rewriter { return NewXML(false, v, nil, Limits{}) }},
		{"a part", "--b\r\n\r\n", "WORD in a part\r\n--", "\r\n--b--", func() Rewriter { return multipartOf(t, "b", v, Options{}) }},
		{"gzip", "", gz.String(), "", func() Rewriter {
			return NewDecoded(NewText(v, nil, Limits{}), CodingGzip, NewCompressor(), Expansion{})
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			piece := []byte(strings.Repeat(tt.piece, max(1, (16<<10)/len(tt.piece))))
			rounds := size / len(piece)
			if tt.name == "gzip" {
				rounds = 1
			}
			if testing.Short() {
				rounds = min(rounds, 200)
			}
			r := tt.start()
			out := make([]byte, 0, 1<<20)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			out, err := r.Write(out, []byte(tt.head))
			for range rounds {
				for at := 0; at < len(piece) && err == nil; at += 16 << 10 {
					out, err = r.Write(out[:0], piece[at:min(len(piece), at+16<<10)])
					if bytes.Contains(out, []byte("WORD")) {
						t.Fatal("a word leaves")
					}
				}
			}
			if err == nil {
				out, err = r.Write(out[:0], []byte(tt.tail))
			}
			if err == nil {
				_, err = r.Close(out)
			}
			if err != nil {
				t.Fatal(err)
			}
			runtime.ReadMemStats(&after)
			// a compressor of compress/flate takes more than a megabyte
			if n := after.TotalAlloc - before.TotalAlloc; n > 3<<20 {
				t.Errorf("%d bytes allocated", n)
			}
		})
	}
}

// TestMarkupIsBounded wants an error for what has to be held and is too long.
func TestMarkupIsBounded(t *testing.T) {
	long := strings.Repeat("x", 200)
	l := Limits{Value: 40, Encoded: 100, Depth: 3}
	tests := []struct {
		name, doc string
		start     func() Rewriter
		want      error
	}{
		{"a tag", "<r a='" + long + "'/>", func() Rewriter { return NewXML(true, keeper{}, nil, l) }, ErrSize},
		{"a comment", "<!--" + long + "--><r/>", func() Rewriter { return NewXML(true, keeper{}, nil, l) }, ErrSize},
		{"a document type", "<!DOCTYPE r [" + long + "]><r/>", func() Rewriter { return NewXML(true, keeper{}, nil, l) }, ErrSize},
		{"elements in elements", "<a><a><a><a/></a></a></a>", func() Rewriter { return NewXML(true, keeper{}, nil, l) }, ErrDepth},
		{"names of elements", "<" + long[:60] + "><" + long[:60] + "/>", func() Rewriter { return NewXML(true, keeper{}, nil, l) }, ErrSize},
		{"a name of a field", long + "=1", func() Rewriter { return NewForm(keeper{}, nil, l) }, ErrSize},
		{"a name of a column", "a," + long + "\n", func() Rewriter { return NewCSV(Choice{}, keeper{}, nil, l) }, ErrSize},
		{"names of columns", strings.Repeat("name,", 50) + "\n", func() Rewriter { return NewCSV(Choice{}, keeper{}, nil, l) }, ErrSize},
		{"a header of a part", "--b\r\nX: " + strings.Repeat(long, 100), func() Rewriter { return multipartOf(t, "b", keeper{}, Options{}) }, ErrSize},
	}
	for _, tt := range tests {
		if len(tt.doc) < 1000 {
			if _, err := allWays(t, tt.doc, tt.start); err != tt.want {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
		} else if _, err := rewritten(tt.start(), []byte(tt.doc)); err != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}
