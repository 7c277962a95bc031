package schema

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// source reads packages of the repository on demand.
type source struct {
	root   string // directory of go.mod
	module string // path of the module
	loaded map[string]map[string]*declared
}

// declared is a type as its source has it.
type declared struct {
	pkg  string
	name string
	doc  string
	spec *ast.TypeSpec
	file *ast.File
	// custom is whether the type reads its own JSON.
	custom bool
	// directive is what schema:is says, "" if it says nothing.
	directive string
}

// load returns the types of a package of the module.
func (s *source) load(pkg string) (map[string]*declared, error) {
	if types := s.loaded[pkg]; types != nil {
		return types, nil
	}
	if pkg != s.module && !strings.HasPrefix(pkg, s.module+"/") {
		return nil, fmt.Errorf("schema: %s: not a package of %s", pkg, s.module)
	}
	dir := filepath.Join(s.root, filepath.FromSlash(strings.TrimPrefix(pkg, s.module)))
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("schema: %s: %w", pkg, err)
	}
	types := map[string]*declared{}
	custom := map[string]bool{}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("schema: %w", err)
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv != nil && d.Name.Name == "UnmarshalConfig" {
					if star, ok := d.Recv.List[0].Type.(*ast.StarExpr); ok {
						if id, ok := star.X.(*ast.Ident); ok {
							custom[id.Name] = true
						}
					}
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if ts, ok := spec.(*ast.TypeSpec); ok {
						doc := ts.Doc
						if doc == nil {
							doc = d.Doc
						}
						types[ts.Name.Name] = &declared{pkg: pkg, name: ts.Name.Name, doc: prose(doc), spec: ts, file: f, directive: directive(doc)}
					}
				}
			}
		}
	}
	for name := range custom {
		if t := types[name]; t != nil {
			t.custom = true
		}
	}
	s.loaded[pkg] = types
	return types, nil
}

func (s *source) find(pkg, name string) (*declared, error) {
	types, err := s.load(pkg)
	if err != nil {
		return nil, err
	}
	t := types[name]
	if t == nil {
		return nil, fmt.Errorf("schema: %s: no type %s", pkg, name)
	}
	return t, nil
}

// imported returns the path of the package that a file calls by this name.
func imported(f *ast.File, name string) (string, error) {
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return "", err
		}
		if spec.Name != nil && spec.Name.Name == name || spec.Name == nil && path.Base(p) == name {
			return p, nil
		}
	}
	return "", fmt.Errorf("schema: no import is called %s", name)
}

// prose is a comment as one paragraph, its directives left out.
func prose(doc *ast.CommentGroup) string {
	if doc == nil {
		return ""
	}
	return strings.Join(strings.Fields(doc.Text()), " ")
}

const directivePrefix = "//schema:is "

func directive(doc *ast.CommentGroup) string {
	if doc == nil {
		return ""
	}
	for _, c := range doc.List {
		if text, ok := strings.CutPrefix(c.Text, directivePrefix); ok {
			return text
		}
	}
	return ""
}
