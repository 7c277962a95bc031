//go:build !wasip1

package libinjection

import (
	"go/ast"
	"go/build"
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	crstests "github.com/corazawaf/coraza-coreruleset/v4/tests"
)

// moduleDir is where the source of libinjection-go is.
func moduleDir(t *testing.T) string {
	t.Helper()
	p, err := build.Import("github.com/corazawaf/libinjection-go", ".", build.FindOnly)
	if err != nil {
		t.Fatal(err)
	}
	return p.Dir
}

// TestData compares the data with the source of libinjection-go.
func TestData(t *testing.T) {
	words, fingerprints := make(map[string]string), make(map[string]string)
	inspect(t, "sqli_data.go", func(n ast.Node) bool {
		if pair, ok := n.(*ast.KeyValueExpr); ok {
			key, kind := literal(t, pair.Key), literal(t, pair.Value)
			if kind == "F" {
				fingerprints[strings.TrimPrefix(key, "0")] = ""
			} else {
				words[key] = kind
			}
		}
		return true
	})
	attributes := map[string]string{"any XMLNS": "", "any XLINK": ""} // of isBlackAttr in xss_helpers.go
	inspect(t, "xss_decls.go", func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 || spec.Names[0].Name == "gsHexDecodeMap" {
			return !ok
		}
		list, ok := spec.Values[0].(*ast.CompositeLit)
		if !ok {
			return false
		}
		for _, e := range list.Elts {
			if pair, ok := e.(*ast.CompositeLit); ok {
				name := literal(t, pair.Elts[0])
				if spec.Names[0].Name == "blackEvents" {
					name = "ON" + name
				}
				attributes[what[pair.Elts[1].(*ast.Ident).Name]+" "+name] = ""
			} else {
				attributes["tag "+literal(t, e)] = ""
			}
		}
		return false
	})
	check := func(file string, want map[string]string) {
		got := make(map[string]string)
		for _, line := range lines(t, file) {
			if file == "words.txt" {
				kind, word, _ := strings.Cut(line, " ")
				got[word] = kind
			} else {
				got[line] = ""
			}
		}
		if !maps.Equal(got, want) || len(want) < 400 {
			t.Errorf("%s has %d entries, the module has %d, or others", file, len(got), len(want))
		}
	}
	check("words.txt", words)
	check("fingerprints.txt", fingerprints)
	check("names.txt", attributes)
}

// what are the words of names.txt for the constants of the module.
var what = map[string]string{
	"attributeTypeBlack": "any", "attributeTypeAttrURL": "url", "attributeTypeStyle": "style", "attributeTypeAttrIndirect": "name",
}

func inspect(t *testing.T, file string, visit func(ast.Node) bool) {
	t.Helper()
	f, err := parser.ParseFile(gotoken.NewFileSet(), filepath.Join(moduleDir(t), file), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, visit)
}

func literal(t *testing.T, e ast.Expr) string {
	t.Helper()
	text, err := strconv.Unquote(e.(*ast.BasicLit).Value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestVectors runs the vectors that libinjection-go ships. Those of its tokens of
// HTML are only compared, as there are no such tokens here.
func TestVectors(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(moduleDir(t), "tests", "test-*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	ran := make(map[string]int)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(text), "\n--INPUT--\n")
		input, want, ok := strings.Cut(rest, "--EXPECTED--")
		if !ok {
			t.Errorf("%s: no input or nothing expected", file)
		}
		input, want = strings.TrimRight(input, " \t\r\n"), strings.TrimSpace(want)
		compare(t, input)
		name := filepath.Base(file)
		of := strings.Split(name, "-")[1]
		ran[of]++
		got := want
		l := lexer{s: input}
		switch of {
		case "sqli":
			fingerprint, _ := SQLi(input)
			got = fingerprint.String()
		case "folding":
			got = ""
			for i := range l.fold() {
				got += l.text(&l.tokens[i])
			}
		case "tokens":
			got = ""
			for l.next(&l.tokens[0]) {
				got += l.text(&l.tokens[0])
			}
		case "xss":
			got = "0"
			if XSS(input) {
				got = "1"
			}
		}
		if strings.TrimSpace(got) != want {
			t.Errorf("%s: %q gives\n%s\nwant\n%s", name, input, got, want)
		}
	}
	want := map[string]int{"sqli": 54, "folding": 118, "tokens": 249, "xss": 7, "html5": 68}
	if !maps.Equal(ran, want) {
		t.Errorf("ran %v, want %v", ran, want)
	}
}

// text is how the vectors show a token.
func (l *lexer) text(t *token) string {
	text := l.s[t.at : t.at+int(t.n)]
	if w := sqlWords.word(int(t.word)); strings.Contains(w, " ") {
		text = w
		if i := strings.Index(strings.ToUpper(l.s), w); i >= 0 {
			text = l.s[i : i+len(w)]
		}
	}
	if t.kind == kindString || t.kind == kindVariable {
		at := t.at
		if t.open != 0 {
			text = string(t.open) + text
			at--
		}
		if t.shut != 0 {
			text += string(t.shut)
		}
		for at--; t.kind == kindVariable && at >= 0 && l.s[at] == '@' && !strings.HasPrefix(text, "@@"); at-- {
			text = "@" + text
		}
	}
	return string(t.kind) + " " + strings.TrimRight(text, "\r\n") + "\n"
}

// TestRegressionTests compares what is in the regression tests of the CRS, as it
// is and changed.
func TestRegressionTests(t *testing.T) {
	found := make(map[string]bool)
	err := fs.WalkDir(crstests.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(crstests.FS, name)
		for line := range strings.Lines(string(text)) {
			_, v, ok := strings.Cut(strings.TrimSpace(line), ": ")
			if !ok {
				continue
			}
			found[v] = true
			v = strings.Trim(v, `"'`)
			for _, part := range strings.FieldsFunc(v, func(r rune) bool { return r == '&' || r == '?' }) {
				found[part] = true
				_, argument, _ := strings.Cut(part, "=")
				if decoded, err := url.QueryUnescape(argument); err == nil {
					found[decoded] = true
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	corpus := slices.Sorted(maps.Keys(found))
	var sqli, xss int
	for _, v := range corpus {
		foundSQLi, foundXSS := compare(t, v)
		if foundSQLi {
			sqli++
		}
		if foundXSS {
			xss++
		}
	}
	t.Logf("%d SQL injections and %d of cross-site scripting in %d strings", sqli, xss, len(corpus))
	if sqli < 300 || xss < 600 {
		t.Error("too few to tell")
	}
	compareMade(t, *trials/4, corpus)
}
