package format

import (
	"strings"
	"testing"
)

func TestXML(t *testing.T) {
	tests := []struct {
		name  string
		doc   string
		rules []rule
		want  string
	}{
		{"nothing", "", nil, ""},
		{"nothing is found", "\ufeff<?xml version='1.0' encoding='utf-8'?>\n<!-- c --><a:r xmlns:a=\"u\" b = '>'>\n <x/><y ></y >t&amp;&#65;&foo;&<![CDATA[<]]]]>\n</a:r>\n", nil,
			"\ufeff<?xml version='1.0' encoding='utf-8'?>\n<!-- c --><a:r xmlns:a=\"u\" b = '>'>\n <x/><y ></y >t&amp;&#65;&foo;&<![CDATA[<]]]]>\n</a:r>\n"},
		{"a text is replaced", "<r><card>4111</card><x>1</x></r>", []rule{{"r.card", Replace, "<&>"}}, "<r><card>&lt;&amp;&gt;</card><x>1</x></r>"},
		{"a prefix is no part of a name", "<s:r><n:card n:a='1'>4111</n:card></s:r>", []rule{{"r.card", Replace, "*"}}, "<s:r><n:card n:a='1'>*</n:card></s:r>"},
		{"an element is dropped with its text", "<r> <cvv a='1'>1</cvv> <x>2</x></r>", []rule{{"**.cvv", Drop, ""}}, "<r>  <x>2</x></r>"},
		{"an empty element is dropped", "<r><cvv/><x/></r>", []rule{{"**.cvv", Drop, ""}}, "<r><x/></r>"},
		{"an empty element is replaced", "<r><cvv a='1' /></r>", []rule{{"**.cvv", Replace, "*"}}, "<r><cvv a='1'>*</cvv></r>"},
		{"an element with elements is dropped", "<r><a>t<b>1</b><a>2</a></a><c/></r>", []rule{{"r.a", Drop, ""}}, "<r><c/></r>"},
		{"an element with elements is replaced", "<r><a x='1'> <b>1</b></a><c/></r>", []rule{{"r.a", Replace, "<"}}, "<r><a x='1'>&lt;</a><c/></r>"},
		{"an element with elements becomes empty", "<r><a> <b>1</b></a><c/></r>", []rule{{"r.a", Nullify, ""}}, "<r><a></a><c/></r>"},
		{"an element is skipped", "<r><a>WORD<b>WORD</b></a>WORD</r>", []rule{{"r.a", Skip, ""}}, "<r><a>WORD<b>WORD</b></a>**</r>"},
		{"an attribute is replaced", "<r a='1' b=\"2\"/>", []rule{{`r["@a"]`, Replace, "'\"<"}}, "<r a='&apos;\"&lt;' b=\"2\"/>"},
		{"an attribute is dropped", "<r  a='1' b=\"2\" >x</r>", []rule{{`r["@a"]`, Drop, ""}}, "<r b=\"2\" >x</r>"},
		{"attributes of an element with elements", "<r a='WORD'><x b='WORD'><y/></x></r>", nil, "<r a='**'><x b='**'><y/></x></r>"},
		{"a word in references", "<r a='&#87;ORD&amp;'>&#x57;&#x4f;RD&lt;</r>", nil, "<r a='**&amp;'>**&lt;</r>"},
		{"a word across a section", "<r>x WO<![CDATA[R]]>D<![CDATA[&WORD&]]></r>", nil, "<r>x **<![CDATA[]]><![CDATA[&**&]]></r>"},
		{"a word across a comment", "<r>WO<!-- x -->RD<a>W<?p?>O<![CDATA[R]]><!---->D</a></r>", nil, "<r>**<!-- x --><a>**<?p?><![CDATA[]]><!----></a></r>"},
		{"texts around a long comment", "<r>WO<!--" + strings.Repeat("x", 1100) + "-->RD</r>", nil, "<r>WO<!--" + strings.Repeat("x", 1100) + "-->RD</r>"},
		{"texts around what is dropped stay apart", "<r>WO<cvv>1</cvv>RD<cvv/>WO<b/>RD<cvv><b/></cvv>ab</r>", []rule{{"**.cvv", Drop, ""}}, "<r>WO RD WO<b/>RD ab</r>"},
		{"a replacement in a section", "<r><![CDATA[1]2WORD>]]></r>", nil, "<r><![CDATA[1]2**>]]></r>"},
		{"comments and instructions", "<?p WORD?><r><!--a WORD--><?q WORD?></r><!-- WORD -->", nil, "<?p __?><r><!--a __--><?q __?></r><!-- __ -->"},
		{"an instruction is dropped", "<r>a<?q x?><?p WORD ?></r>", []rule{{`r["?q"]`, Drop, ""}}, "<r>a<?p ** ?></r>"},
		{"mixed text", "<r>WORD<b>WORD</b> WORD </r>", nil, "<r>**<b>**</b> ** </r>"},
		{"the root stays", "<r>1</r>", []rule{{"r", Drop, ""}}, "<r></r>"},
		{"the root with elements stays", "<r a='1'><x/></r>", []rule{{"r", Drop, ""}}, "<r a='1'></r>"},
		{"a root that is empty stays", "<r/>", []rule{{"r", Drop, ""}}, "<r/>"},
		{"a name is dropped with its element", "<r><WORDs a='1'>1<b/></WORDs><WORD/></r>", nil, "<r></r>"},
		{"a root with a name that may not leave", "<WORD a='1'>1<WORD>2</WORD></WORD>\n", nil, "<_></_>\n"},
		{"an empty root with a name that may not leave", "<WORD a='1'/>", nil, "<_></_>"},
		{"a comment in an element that is dropped", "<r><a><!-- x -->1</a></r>", []rule{{"r.a", Drop, ""}}, "<r></r>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := &ruled{rules: tt.rules, word: "WORD", with: "**", names: true}
			if tt.name == "comments and instructions" {
				v.with = "--"
			}
			got, err := allWays(t, tt.doc, func() Rewriter { return NewXML(false, v, v.paths(t), Limits{}) })
			if got != tt.want || err != nil {
				t.Errorf("%q became %q, %v, want %q", tt.doc, got, err, tt.want)
			}
		})
	}
}

func TestWhatIsNotXML(t *testing.T) {
	tests := []struct {
		name, doc string
		want      error
	}{
		{"an end tag of another name", "<r></s>", ErrSyntax},
		{"an end tag too many", "<r/></r>", ErrSyntax},
		{"two roots", "<r/><r/>", ErrSyntax},
		{"text outside the root", "<r/>x", ErrSyntax},
		{"text before the root", "x<r/>", ErrSyntax},
		{"no end tag", "<r><a></a>", ErrTruncated},
		{"half a tag", "<r", ErrTruncated},
		{"half a comment", "<r/><!-- x --", ErrTruncated},
		{"half a section", "<r><![CDATA[x]]", ErrTruncated},
		{"white space only", " \n", ErrTruncated},
		{"an attribute without quotes", "<r a=1/>", ErrSyntax},
		{"an attribute without a value", "<r a/>", ErrSyntax},
		{"attributes without space", "<r a='1'b='2'/>", ErrSyntax},
		{"a tag within a tag", "<r <a/>", ErrSyntax},
		{"no name", "<>", ErrSyntax},
		{"a document type", "<!DOCTYPE r [<!ENTITY x \"WORD\">]><r>&x;</r>", ErrDoctype},
		{"a declaration of another kind", "<!ELEMENT r><r/>", ErrSyntax},
		{"an encoding that hides text", "<?xml version='1.0' encoding='utf-7'?><r/>", ErrEncoding},
		{"UTF-16 that was not decoded", "\xff\xfe<\x00r\x00", ErrSyntax},
		{"a zero", "<r>\x00</r>", ErrEncoding},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := allWays(t, tt.doc, func() Rewriter { return NewXML(false, keeper{}, nil, Limits{}) })
			if err != tt.want {
				t.Errorf("%q: %v, want %v", tt.doc, err, tt.want)
			}
		})
	}
}

func TestDoctypePassesIfItMay(t *testing.T) {
	doc := "<!DOCTYPE r [<!ENTITY x \"]>'\"><!-- '> --><?p \"]>?>] ><r>&x; WORD</r>"
	v := &ruled{word: "WORD", with: "**"}
	got, err := allWays(t, doc, func() Rewriter { return NewXML(true, v, nil, Limits{}) })
	if want := doc[:len(doc)-8] + "**</r>"; got != want || err != nil {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
}
