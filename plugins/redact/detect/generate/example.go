package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"path/filepath"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
)

// example is a text that gitleaks' authors say a rule finds something in, or does
// not.
type example struct {
	rule string
	find bool
	text string
}

// exampleList is the file of examples. Texts are in base64, because they are what
// scanners for leaked secrets look for.
func exampleList(examples []example) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# examples of %s %s: rule, whether it finds something, text in base64\n", source, version)
	for _, e := range examples {
		fmt.Fprintf(&b, "%s\t%t\t%s\n", e.rule, e.find, base64.StdEncoding.EncodeToString([]byte(e.text)))
	}
	return b.Bytes()
}

// readExamples evaluates what the functions that make gitleaks' rules try them on:
// the lists tps and fps. Values made by chance are made from a fixed seed. Lists
// by file name and expressions beyond strings are passed over.
func readExamples(dir string) ([]example, error) {
	files, err := filepath.Glob(filepath.Join(dir, "rules", "*.go"))
	if err != nil {
		return nil, err
	}
	e := evaluator{random: rand.New(rand.NewPCG(8, 30))}
	if err := e.readSamples(filepath.Join(dir, "utils", "generate.go")); err != nil {
		return nil, err
	}
	var examples []example
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Body != nil {
				examples = append(examples, e.function(fn)...)
			}
		}
	}
	if len(examples) < 1500 {
		return nil, fmt.Errorf("%d examples, want at least 1500", len(examples))
	}
	return examples, nil
}

// evaluator evaluates the expressions of strings that the rules' files use.
type evaluator struct {
	random  *rand.Rand
	samples []string
	// next is the sample that is used next.
	next int
}

// someSamples is how many of the samples a secret is put into, in turn.
const someSamples = 6

// readSamples reads the places that a secret is put into by
// GenerateSampleSecrets.
func (e *evaluator) readSamples(file string) error {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if kv, ok := n.(*ast.KeyValueExpr); ok {
			if s, ok := literal(kv.Value); ok && strings.Contains(s, "{s}") {
				e.samples = append(e.samples, s)
			}
		}
		return true
	})
	if len(e.samples) < 20 {
		return fmt.Errorf("%s: %d samples, want at least 20", file, len(e.samples))
	}
	return nil
}

// function returns the examples in the body of a function that makes a rule.
func (e *evaluator) function(fn *ast.FuncDecl) []example {
	rule := ""
	lists := map[string][]string{}
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "RuleID" {
				rule, _ = literal(n.Value)
			}
		case *ast.AssignStmt:
			if len(n.Lhs) != 1 || len(n.Rhs) != 1 {
				return true
			}
			if name, ok := n.Lhs[0].(*ast.Ident); ok && (name.Name == "tps" || name.Name == "fps") {
				lists[name.Name] = append(lists[name.Name], e.list(n.Rhs[0])...)
			}
		}
		return true
	})
	var examples []example
	for _, text := range lists["tps"] {
		examples = append(examples, example{rule, true, text})
	}
	for _, text := range lists["fps"] {
		examples = append(examples, example{rule, false, text})
	}
	return examples
}

// list evaluates a list of strings.
func (e *evaluator) list(x ast.Expr) (all []string) {
	switch x := x.(type) {
	case *ast.CompositeLit:
		if _, ok := x.Type.(*ast.ArrayType); ok {
			for _, item := range x.Elts {
				if s, ok := e.text(item); ok {
					all = append(all, s)
				}
			}
		}
	case *ast.CallExpr:
		switch name(x.Fun) {
		case "append":
			for _, arg := range x.Args[1:] {
				if s, ok := e.text(arg); ok {
					all = append(all, s)
				} else {
					all = append(all, e.list(arg)...)
				}
			}
		case "utils.GenerateSampleSecrets":
			identifier, ok := e.text(x.Args[0])
			secret, ok2 := e.text(x.Args[1])
			if ok && ok2 {
				r := strings.NewReplacer("{i}", identifier, "{I}", strings.ToUpper(identifier), "{s}", secret)
				for range someSamples {
					all = append(all, r.Replace(e.samples[e.next%len(e.samples)]))
					e.next++
				}
			}
		}
	}
	return all
}

// text evaluates a string.
func (e *evaluator) text(x ast.Expr) (string, bool) {
	switch x := x.(type) {
	case *ast.BasicLit:
		return literal(x)
	case *ast.ParenExpr:
		return e.text(x.X)
	case *ast.BinaryExpr:
		left, ok := e.text(x.X)
		right, ok2 := e.text(x.Y)
		return left + right, ok && ok2 && x.Op == token.ADD
	case *ast.CallExpr:
		args := make([]string, len(x.Args))
		for i, arg := range x.Args {
			s, ok := e.text(arg)
			if !ok {
				return "", false
			}
			args[i] = s
		}
		return e.call(name(x.Fun), args)
	}
	return "", false
}

// alphabets are what the functions of gitleaks' utils that make a regular
// expression of so many characters repeat.
var alphabets = map[string]string{
	"utils.Numeric": "[0-9]", "utils.Hex": "[a-f0-9]", "utils.AlphaNumeric": "[a-z0-9]",
	"utils.AlphaNumericExtendedShort": "[a-z0-9_-]", "utils.AlphaNumericExtended": `[a-z0-9=_\-]`,
	"utils.AlphaNumericExtendedLong": `[a-z0-9\/=_\+\-]`,
}

func (e *evaluator) call(function string, args []string) (string, bool) {
	if set, ok := alphabets[function]; ok && len(args) == 1 {
		return set + "{" + args[0] + "}", true
	}
	switch {
	case function == "secrets.NewSecret" && len(args) == 1:
		re, err := syntax.Parse(args[0], syntax.Perl)
		if err != nil {
			return "", false
		}
		return e.any(re), true
	case function == "utils.GenerateSampleSecret" && len(args) == 2:
		return args[0] + "_api_token = \"" + args[1] + "\"", true
	case function == "utils.Hex8_4_4_4_12":
		return "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", true
	case function == "fmt.Sprintf" && len(args) > 0 && strings.Count(args[0], "%s") == len(args)-1:
		s := args[0]
		for _, arg := range args[1:] {
			s = strings.Replace(s, "%s", arg, 1)
		}
		return s, true
	}
	return "", false
}

// any makes a text that a regular expression matches.
func (e *evaluator) any(re *syntax.Regexp) string {
	repeat := func(least, most int) string {
		if most < 0 {
			most = least + 8
		}
		var b strings.Builder
		for range least + e.random.IntN(most-least+1) {
			b.WriteString(e.any(re.Sub[0]))
		}
		return b.String()
	}
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCharClass:
		var all []rune
		for i := 0; i < len(re.Rune); i += 2 {
			for r := re.Rune[i]; r <= min(re.Rune[i+1], '~'); r++ {
				if r >= '!' && !slices.Contains(all, r) {
					all = append(all, r)
				}
			}
		}
		return string(all[e.random.IntN(len(all))])
	case syntax.OpCapture:
		return e.any(re.Sub[0])
	case syntax.OpConcat:
		var b strings.Builder
		for _, sub := range re.Sub {
			b.WriteString(e.any(sub))
		}
		return b.String()
	case syntax.OpAlternate:
		return e.any(re.Sub[e.random.IntN(len(re.Sub))])
	case syntax.OpStar:
		return repeat(0, -1)
	case syntax.OpPlus:
		return repeat(1, -1)
	case syntax.OpQuest:
		return repeat(0, 1)
	case syntax.OpRepeat:
		return repeat(re.Min, re.Max)
	}
	return ""
}

func literal(x ast.Expr) (string, bool) {
	lit, ok := x.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

// name is a function's, with its package.
func name(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		if pkg, ok := x.X.(*ast.Ident); ok {
			return pkg.Name + "." + x.Sel.Name
		}
	}
	return ""
}
