package format

import (
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	v := &ruled{word: "WORD", with: "**"}
	tests := []struct{ name, doc, want string }{
		{"nothing", "", ""},
		{"lines stay", "a\r\n\n b\n", "a\r\n\n b\n"},
		{"words", "WORD WOR WORDWORD\nWORD", "** WOR ****\n**"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := allWays(t, tt.doc, func() Rewriter { return NewText(v, nil, Limits{}) })
			if got != tt.want || err != nil {
				t.Errorf("%q became %q, %v, want %q", tt.doc, got, err, tt.want)
			}
		})
	}
	doc := strings.Repeat("some WORDs in WOWORD\n", 40)
	for _, start := range []func() Rewriter{
		func() Rewriter { return NewText(v, nil, Limits{Value: 32}) },
		func() Rewriter { return newText(v, NewPath(nil), Limits{Value: 32}, false) },
	} {
		got, err := allWays(t, doc, start)
		if want := strings.ReplaceAll(doc, "WORD", "**"); got != want || err != nil {
			t.Errorf("%q, %v\nwant %q", got, err, want)
		}
	}
}

func TestTextIsNotHeldBack(t *testing.T) {
	v := &ruled{word: "WORD", with: "**"}
	r := NewText(v, nil, Limits{})
	out, err := r.Write(nil, []byte("a line\nWO"))
	if err != nil || string(out) != "a line" {
		t.Errorf("%q, %v leave, want all but three bytes", out, err)
	}
	if out, _ = r.Write(out, []byte("RD, another")); string(out) != "a line\n**, anot" {
		t.Errorf("%q left", out)
	}
	if out, _ = r.Close(out); string(out) != "a line\n**, another" {
		t.Errorf("%q left", out)
	}
}

// parts answers about the windows of a text in order.
type parts struct {
	keeper
	verdicts []Verdict
}

func (p parts) Value(_ *Path, _ Kind, _ []byte, e *Edit) Verdict {
	e.Out = append(e.Out, "<&\">"...)
	if e.Part < len(p.verdicts) {
		return p.verdicts[e.Part]
	}
	return Keep
}

func TestVerdictsAboutLongTexts(t *testing.T) {
	long := strings.Repeat("x", 40)
	tests := []struct {
		name     string
		verdicts []Verdict
		form     string
		csv      string
		xml      string
	}{
		{"kept", nil, "a=" + long + "&b=1", "h\n" + long + "\n", "<r><a>" + long + "</a>b</r>"},
		{"skipped", []Verdict{Skip}, "a=" + long + "&b=1", "h\n" + long + "\n", "<r><a>" + long + "</a>b</r>"},
		{"replaced", []Verdict{Replace}, "a=%3C%26%22%3E&b=%3C%26%22%3E", "h\n<&'>\n", "<r><a>&lt;&amp;\"&gt;</a>&lt;&amp;\"&gt;</r>"},
		{"dropped", []Verdict{Drop}, "", "h\n\"\"\n", "<r></r>"},
		{"emptied", []Verdict{Nullify}, "a=&b=", "h\n\"\"\n", "<r><a></a></r>"},
		{"the rest replaced", []Verdict{Keep, Replace}, "a=" + long[:32] + "%3C%26%22%3E&b=1", "h\n" + long[:32] + "<&'>\n", "<r><a>" + long[:32] + "&lt;&amp;\"&gt;</a>b</r>"},
		{"the rest dropped", []Verdict{Keep, Drop}, "a=" + long[:32] + "&b=1", "h\n" + long[:32] + "\n", "<r><a>" + long[:32] + "</a>b</r>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := parts{verdicts: tt.verdicts}
			l := Limits{Value: 32}
			got, err := allWays(t, "a="+long+"&b=1", func() Rewriter { return NewForm(v, nil, l) })
			if got != tt.form || err != nil {
				t.Errorf("form: %q, %v, want %q", got, err, tt.form)
			}
			got, err = allWays(t, "h\n"+long+"\n", func() Rewriter { return NewCSV(Choice{}, v, nil, l) })
			if got != tt.csv || err != nil {
				t.Errorf("CSV: %q, %v, want %q", got, err, tt.csv)
			}
			got, err = allWays(t, "<r><a>"+long+"</a>b</r>", func() Rewriter { return NewXML(false, v, nil, l) })
			if got != tt.xml || err != nil {
				t.Errorf("XML: %q, %v, want %q", got, err, tt.xml)
			}
		})
	}
}

func TestWindowsHaveToBeSettled(t *testing.T) {
	_, err := rewritten(NewText(unsettled{}, nil, Limits{Value: 32}), []byte(strings.Repeat("x", 100)))
	if err != ErrSettled {
		t.Errorf("%v, want %v", err, ErrSettled)
	}
}

type unsettled struct{ keeper }

func (unsettled) Value(_ *Path, _ Kind, _ []byte, e *Edit) Verdict {
	e.Settled = 0
	return Keep
}
