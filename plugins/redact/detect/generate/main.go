// Command generate writes the table of secrets that package detect looks for,
// from the rules of gitleaks: secret_table.go, the list of rules that have no
// place in the table with the reason, and gitleaks' own examples for the tests.
// It also writes name_table.go, from the names of fields in names.tsv.
//
// The rules come as a Go module, whose sum is checked; nothing of it is compiled
// into a plugin. It runs by go generate in the folder of package detect.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// source is the module that is read. Another version is another sum.
const (
	source  = "github.com/zricethezav/gitleaks/v8"
	version = "v8.30.1"
	sum     = "h1:PmEvCfVI7ti9dV3s5aMZUY7sS2GxRvG3yzih7E+cS3w="
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run() error {
	dir, err := download()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(dir, "config", "gitleaks.toml"))
	if err != nil {
		return err
	}
	rules, err := readRules(string(text))
	if err != nil {
		return err
	}
	var t table
	for _, r := range rules {
		t.add(r)
	}
	code, err := format.Source(t.code())
	if err != nil {
		return err
	}
	examples, err := readExamples(filepath.Join(dir, "cmd", "generate", "config"))
	if err != nil {
		return err
	}
	examples = slices.DeleteFunc(examples, func(e example) bool {
		return !slices.ContainsFunc(rules, func(r rule) bool { return r.id == e.rule })
	})
	names, owners, err := readNames("generate/names.tsv")
	if err != nil {
		return err
	}
	nameTable, err := format.Source(nameCode(names, owners))
	if err != nil {
		return err
	}
	licence, err := os.ReadFile(filepath.Join(dir, "LICENSE"))
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"secret_table.go":                code,
		"name_table.go":                  nameTable,
		"testdata/gitleaks/left_out.tsv": t.leftOutList(),
		"testdata/gitleaks/examples.tsv": exampleList(examples),
		"testdata/gitleaks/LICENSE":      licence,
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, content, 0o644); err != nil {
			return err
		}
	}
	fmt.Printf("%d rules: %d in the table as %d shapes, %d left out; %d examples\n",
		len(rules), len(rules)-len(t.leftOut), len(t.shapes), len(t.leftOut), len(examples))
	return nil
}

// download brings the module into the module cache and returns its folder.
func download() (string, error) {
	var stderr bytes.Buffer
	cmd := exec.Command("go", "mod", "download", "-json", source+"@"+version)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("downloading %s@%s: %w: %s", source, version, err, stderr.Bytes())
	}
	var module struct{ Dir, Sum string }
	if err := json.Unmarshal(out, &module); err != nil {
		return "", err
	}
	if module.Sum != sum {
		return "", fmt.Errorf("%s@%s: sum %s, want %s", source, version, module.Sum, sum)
	}
	return module.Dir, nil
}
