//go:build !wasip1

package body

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/corazawaf/coraza/v3"
	"github.com/corazawaf/coraza/v3/collection"
	"github.com/corazawaf/coraza/v3/experimental/plugins/plugintypes"
)

// oracle is a Coraza WAF that reads bodies with one processor.
type oracle struct {
	waf         coraza.WAF
	contentType string
}

// newOracle makes one. lim may be zero for Coraza's defaults.
func newOracle(tb testing.TB, processor, contentType string, lim Limits) *oracle {
	tb.Helper()
	rules := "SecRuleEngine On\nSecRequestBodyAccess On\nSecRequestBodyLimit 134217728\nSecRequestBodyInMemoryLimit 134217728\nSecUploadDir " + tb.TempDir() + "\n"
	if processor != "" {
		rules += fmt.Sprintf("SecAction \"id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=%s\"\n", processor)
	}
	if lim.Arguments > 0 {
		rules += fmt.Sprintf("SecArgumentsLimit %d\n", lim.Arguments)
	}
	if lim.Depth > 0 {
		rules += fmt.Sprintf("SecRequestBodyJsonDepthLimit %d\n", lim.Depth)
	}
	waf, err := coraza.NewWAF(coraza.NewWAFConfig().WithDirectives(rules).WithRootFS(noFiles{}))
	if err != nil {
		tb.Fatal(err)
	}
	return &oracle{waf, contentType}
}

// newCuttingOracle makes one that reads the first n bytes of multipart bodies.
func newCuttingOracle(tb testing.TB, n int) *oracle {
	tb.Helper()
	rules := fmt.Sprintf("SecRuleEngine On\nSecRequestBodyAccess On\nSecRequestBodyLimit %d\nSecRequestBodyInMemoryLimit %d\nSecRequestBodyLimitAction ProcessPartial\nSecUploadDir %s\n", n, n, tb.TempDir())
	waf, err := coraza.NewWAF(coraza.NewWAFConfig().WithDirectives(rules).WithRootFS(noFiles{}))
	if err != nil {
		tb.Fatal(err)
	}
	return &oracle{waf, "multipart/form-data; boundary=b"}
}

// noFiles is a file system with nothing in it.
type noFiles struct{}

func (noFiles) Open(name string) (fs.File, error) { return nil, fs.ErrNotExist }

// read returns what Coraza reads of a body, in the form of view.
func (o *oracle) read(tb testing.TB, b string) view {
	tb.Helper()
	tx := o.waf.NewTransaction()
	defer tx.Close()
	tx.ProcessURI("/", "POST", "HTTP/1.1")
	tx.AddRequestHeader("Content-Type", o.contentType)
	tx.ProcessRequestHeaders()
	if _, _, err := tx.WriteRequestBody([]byte(b)); err != nil {
		tb.Fatal(err)
	}
	if _, err := tx.ProcessRequestBody(); err != nil {
		tb.Fatal(err)
	}
	return viewOf(tx.(plugintypes.TransactionState).Variables())
}

// query returns what Coraza reads of a query string.
func (o *oracle) query(raw string) view {
	tx := o.waf.NewTransaction()
	defer tx.Close()
	tx.ProcessURI("\x00?"+raw, "GET", "HTTP/1.1") // a byte that net/url refuses, so that raw is taken as it is
	v := tx.(plugintypes.TransactionState).Variables()
	return view{"ARGS": pairs(v.ArgsGet()), "ARGUMENTS_LIMIT_REACHED": single(v.ArgumentsLimitReached())}
}

// cookies returns what Coraza reads of a Cookie header.
func (o *oracle) cookies(header string) view {
	tx := o.waf.NewTransaction()
	defer tx.Close()
	tx.AddRequestHeader("Cookie", header)
	return view{"REQUEST_COOKIES": pairs(tx.(plugintypes.TransactionState).Variables().RequestCookies())}
}

// view is the contents of variables by their names, sorted.
type view map[string][]Pair

func viewOf(v plugintypes.TransactionVariables) view {
	return view{
		"ARGS":                            pairs(v.ArgsPost()),
		"ARGUMENTS_LIMIT_REACHED":         single(v.ArgumentsLimitReached()),
		"FILES":                           pairs(v.Files()),
		"FILES_NAMES":                     pairs(v.FilesNames()),
		"FILES_SIZES":                     pairs(v.FilesSizes()),
		"FILES_COMBINED_SIZE":             single(v.FilesCombinedSize()),
		"MULTIPART_NAME":                  pairs(v.MultipartName()),
		"MULTIPART_FILENAME":              pairs(v.MultipartFilename()),
		"MULTIPART_FILENAME_CHARSET":      pairs(v.MultipartFilenameCharset()),
		"MULTIPART_FILENAME_LANGUAGE":     pairs(v.MultipartFilenameLanguage()),
		"MULTIPART_PART_HEADERS":          pairs(v.MultipartPartHeaders()),
		"MULTIPART_STRICT_ERROR":          single(v.MultipartStrictError()),
		"MULTIPART_DUPLICATE_PART_HEADER": single(v.MultipartDuplicatePartHeader()),
		"MULTIPART_INVALID_QUOTING":       single(v.MultipartInvalidQuoting()),
		"XML":                             xmlPairs(v.RequestXML()),
		"REQUEST_BODY":                    single(v.RequestBody()),
		"REQUEST_BODY_LENGTH":             single(v.RequestBodyLength()),
		"REQBODY_ERROR":                   single(v.RequestBodyError()),
	}
}

func pairs(c collection.Collection) []Pair {
	var list []Pair
	for _, m := range c.FindAll() {
		list = append(list, Pair{m.Key(), m.Value()})
	}
	return sorted(list)
}

// xmlPairs keeps document order, which Coraza has per XPath.
func xmlPairs(c collection.Map) []Pair {
	var list []Pair
	for _, path := range []string{"/*", "//@*"} {
		for _, v := range c.Get(path) {
			list = append(list, Pair{path, v})
		}
	}
	return list
}

func single(c collection.Single) []Pair { return one(c.Get()) }

func one(s string) []Pair {
	if s == "" || s == "0" {
		return nil // the variable's first value, whichever it is
	}
	return []Pair{{Value: s}}
}

func flag(set bool) []Pair {
	if set {
		return one("1")
	}
	return nil
}

func sorted(list []Pair) []Pair {
	slices.SortFunc(list, func(a, b Pair) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Value, b.Value))
	})
	return list
}

// view returns a result in the form that the oracle's have.
func (r *Result) view() view {
	v := view{
		"ARGS":                            sorted(slices.Clone(r.Args)),
		"ARGUMENTS_LIMIT_REACHED":         flag(r.ArgumentsTruncated),
		"MULTIPART_FILENAME":              sorted(slices.Clone(r.PartFilenames)),
		"MULTIPART_FILENAME_CHARSET":      sorted(slices.Clone(r.FilenameCharsets)),
		"MULTIPART_FILENAME_LANGUAGE":     sorted(slices.Clone(r.FilenameLanguages)),
		"MULTIPART_PART_HEADERS":          sorted(slices.Clone(r.PartHeaders)),
		"MULTIPART_STRICT_ERROR":          flag(r.StrictError),
		"MULTIPART_DUPLICATE_PART_HEADER": flag(r.DuplicatePartHeader),
		"MULTIPART_INVALID_QUOTING":       flag(r.InvalidQuoting),
		"REQUEST_BODY":                    one(r.RequestBody),
		"REQBODY_ERROR":                   flag(r.Err != ""),
	}
	if r.HasParts {
		v["FILES_COMBINED_SIZE"] = one(strconv.Itoa(r.PartsSize))
	}
	if r.RequestBody != "" {
		v["REQUEST_BODY_LENGTH"] = one(strconv.Itoa(len(r.RequestBody)))
	}
	for _, name := range r.PartNames {
		v["MULTIPART_NAME"] = append(v["MULTIPART_NAME"], Pair{name, name})
	}
	sizes := map[string]Pair{} // Coraza keeps the last of names that are equal without case
	for _, f := range r.Files {
		v["FILES"] = append(v["FILES"], Pair{"", f.Name})
		v["FILES_NAMES"] = append(v["FILES_NAMES"], Pair{"", f.Field})
		sizes[strings.ToLower(f.Name)] = Pair{f.Name, strconv.Itoa(len(f.Content))}
		if f.Other != "" {
			v["FILES"] = append(v["FILES"], Pair{"", f.Other})
			sizes[strings.ToLower(f.Other)] = Pair{f.Other, strconv.Itoa(len(f.Content))}
		}
	}
	for _, size := range sizes {
		v["FILES_SIZES"] = append(v["FILES_SIZES"], size)
	}
	for _, name := range []string{"MULTIPART_NAME", "FILES", "FILES_NAMES", "FILES_SIZES"} {
		sorted(v[name])
	}
	for _, s := range r.XMLValues {
		v["XML"] = append(v["XML"], Pair{"/*", s})
	}
	for _, s := range r.XMLAttributes {
		v["XML"] = append(v["XML"], Pair{"//@*", s})
	}
	return v
}

// differ returns the first variable in which two views differ, empty if they are
// equal.
func differ(got, want view) string {
	names := map[string]bool{}
	for name := range got {
		names[name] = true
	}
	for name := range want {
		names[name] = true
	}
	for name := range names {
		if !slices.Equal(got[name], want[name]) {
			return fmt.Sprintf("%s = %q, want %q", name, got[name], want[name])
		}
	}
	return ""
}
