package format

import (
	stdhtml "html"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestHTML(t *testing.T) {
	long := "<b class='" + strings.Repeat("x", 1100) + "'>"
	tests := []struct {
		name  string
		doc   string
		rules []rule
		want  string
	}{
		{"nothing", "", nil, ""},
		{"nothing is found", "\ufeff<!DOCTYPE html>\n<html lang=en><head><meta charset=\"utf-8\"><title>a &amp; b</title></head>\n<p class = x id='y' hidden/>1 < 2 & 3 &foo; &#x; <!-- c --!>\n<br/></p><p></html>\n", nil,
			"\ufeff<!DOCTYPE html>\n<html lang=en><head><meta charset=\"utf-8\"><title>a &amp; b</title></head>\n<p class = x id='y' hidden/>1 < 2 & 3 &foo; &#x; <!-- c --!>\n<br/></p><p></html>\n"},
		{"a text", "<p>a WORD b</p>", nil, "<p>a ** b</p>"},
		{"references", "<p>&#87;&#x4F;&#0000000000000000000000000000000000000082DD&lt;&#x57;ORD&period;", nil, "<p>**D&lt;**&period;"},
		{"references without a semicolon", "<p>&#87O&#x52D &#087&#79&#82&#68</p>", nil, "<p>&#87O&#x52D **</p>"},
		{"a named reference", "<p>W&lbrack;O</p>", nil, "<p>W&lbrack;O</p>"},
		{"a text with tags in it", "<td>WO<b class='x>y'>R</b><!-- - -->D</td>", nil, "<td>**<b class='x>y'></b><!-- - --></td>"},
		{"tags that part a text", "<td>WO</td><td>RD</td>WO<br>RD", nil, "<td>WO</td><td>RD</td>WO<br>RD"},
		{"long tags part a text", "WO" + long + "RD", nil, "WO" + long + "RD"},
		{"attributes", "<a href=\"?q=WORD&amp;\" title='&#87;ORD' alt=WORD WORD=1 x=\"WORD\"y=1>", nil, "<a href=\"?q=**&amp;\" title='**' alt=**  x=\"**\"y=1>"},
		{"an attribute is dropped", "<a x=\"1\"y=2 x=3><i x>", []rule{{`["@x"]`, Drop, ""}}, "<a y=2 ><i x>"},
		{"an attribute is replaced", "<a x=\"1\" X='2' x=3 y=4/>", []rule{{`["@x"]`, Replace, "a b\"'>&\x00"}}, "<a x=\"a b&quot;'&gt;&amp;?\" X='a b\"&apos;&gt;&amp;?' x=a&#32;b&#34;&#39;&#62;&#38;? y=4/>"},
		{"an attribute becomes empty", "<a x=1 y=2>", []rule{{`["@x"]`, Nullify, ""}}, "<a x=\"\" y=2>"},
		{"an attribute without a value", "<a x= >WORD", nil, "<a x= >**"},
		{"a slash and an equals sign", "<a/=\"WORD\"/b=WORD>", nil, "<a /b=**>"},
		{"a quote that opens nothing", "<a \"WORD>WORD\">", nil, "<a >**\">"},
		{"a replacement is escaped", "<p>1</p>", []rule{{"$", Replace, "<&>"}}, "<p>&lt;&amp;&gt;</p>"},
		{"an end tag with attributes", "</a x='>WORD'>WORD", nil, "</a x='>**'>**"},
		{"a script", "<script>if (a<b && '&#87;ORD') WORD('</b><!--')</SCRIPT >WO<style>WORD</style>RD", nil, "<script>if (a<b && '&#87;ORD') **('</b><!--')</SCRIPT >WO<style>**</style>RD"},
		{"a script with a document", "<script type=\"application/json\"> {\"a\":\"W\\u004fRD\",\"b\":1}\n</script>", []rule{{"b", Replace, "<x>"}}, "<script type=\"application/json\"> {\"a\":\"**\",\"b\":\"_x>\"}\n</script>"},
		{"what does not end a script", "<script>WORD</scriptx>WORD</scrip</script", nil, "<script>**</scriptx>**</scrip</script"},
		{"a title", "<title>WO<b>RD &#87;ORD</title>WORD", nil, "<title>WO<b>RD **</title>**"},
		{"comments", "<!--WORD--><!-- > WORD --><!--><!---><!--x>WORD--><?php WORD ?><!WORD></ WORD>", nil, "<!--**--><!-- > ** --><!--><!---><!--x>**--><?php ** ?><!**></ **>"},
		{"a comment that goes on", "<!-- WORD", nil, "<!-- **"},
		{"a tag that goes on", "a WORD<p title='WORD", nil, "a **<p title='**"},
		{"signs that open nothing", "WORD <1 WORD </1WORD></> <", nil, "** <1 ** </1**></> <"},
		{"CDATA", "<![CDATA[WORD]]>WORD", nil, "<![CDATA[**]]>**"},
		{"a document in a text", "<pre>{&quot;a&quot;:\"WORD\"}</pre>", []rule{{"a", Replace, "<"}}, "<pre>{&quot;a&quot;:\"&lt;\"}</pre>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := &ruled{rules: tt.rules, word: "WORD", with: "**", names: true}
			got, err := allWays(t, tt.doc, func() Rewriter { return NewHTML(v, v.paths(t), Limits{}) })
			if got != tt.want || err != nil {
				t.Errorf("%q became\n %q, %v, want\n %q", tt.doc, got, err, tt.want)
			}
		})
	}
}

func TestWhatIsNotReadOfHTML(t *testing.T) {
	tests := []struct {
		name, doc string
		want      error
	}{
		{"an encoding that hides text", "<meta charset=iso-2022-jp>", ErrEncoding},
		{"an encoding in the content of a meta element", "<META http-equiv='Content-Type' content=\"text/html; charset = x; charset='shift_jis'\">", ErrEncoding},
		{"UTF-16", "<meta charset='utf-16'>", nil},
		{"another encoding that can be read", "<meta content='text/html;charset=windows-1252'>", nil},
		{"a zero", "<p>\x00", ErrEncoding},
		{"a reference that does not end", "&#" + strings.Repeat("0", 200000) + "87;", ErrSettled},
		{"a long tag", "<p x='" + strings.Repeat("x", 1<<20) + "'>", ErrSize},
	}
	for _, tt := range tests {
		_, err := rewritten(NewHTML(keeper{}, nil, Limits{}), []byte(tt.doc), len(tt.doc)/2)
		if err != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// TestReferencesAsTheLibrary compares what references stand for with package html,
// which wants two digits of a number without a semicolon.
func TestReferencesAsTheLibrary(t *testing.T) {
	for name, r := range htmlReferences {
		if got := stdhtml.UnescapeString("&" + name + ";"); got != string(r) {
			t.Errorf("%s is %q, want %q", name, got, r)
		}
	}
	r := rand.New(rand.NewPCG(7, 7))
	parts := strings.Fields("&#80 7 &#x5 7; &lt &amp; & x ; &#0057; &period; &nbsp &LT; &comma &#x110000; &#; a &quot z")
	for range 20000 {
		var b strings.Builder
		for range r.IntN(8) {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		raw := b.String()
		v := newValues(NewPath(nil), keeper{}, Limits{})
		text, whole := v.decode([]byte(raw), false, titleNotation{})
		if want := stdhtml.UnescapeString(raw); string(text) != want || whole != len(raw) {
			t.Fatalf("%q is %q, want %q", raw, text, want)
		}
	}
}
