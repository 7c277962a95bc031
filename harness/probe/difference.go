package probe

import (
	"bufio"
	"bytes"
	_ "embed"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Differences lists how two outcomes of a scenario differ, a line each, "-" for
// what only a has and "+" for what only b has, in their order.
func Differences(a, b *Outcome) []string {
	if a.Crash != "" || b.Crash != "" {
		return []string{"- crash " + a.Crash, "+ crash " + b.Crash}
	}
	parts := func(o *Outcome) [][]string { return slices.Concat([][]string{o.Start}, o.Steps, [][]string{o.End}) }
	left, right := parts(a), parts(b)
	var out []string
	for i := range max(len(left), len(right)) {
		var l, r []string
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			r = right[i]
		}
		part := fmt.Sprintf("step %d", i)
		if i == 0 {
			part = "start"
		} else if i == len(left)-1 {
			part = "end"
		}
		for _, d := range diff(l, r) {
			out = append(out, d[:1]+" "+part+" "+d[1:])
		}
	}
	return out
}

// diff is a shortest edit script of lines, "-" and "+" in front.
func diff(a, b []string) []string {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	a, b = a[head:len(a)-tail], b[head:len(b)-tail]
	// Longest common subsequence, by length from the end.
	longest := make([][]int32, len(a)+1)
	for i := range longest {
		longest[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	var out []string
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && longest[i+1][j] >= longest[i][j+1]:
			out = append(out, "-"+a[i])
			i++
		default:
			out = append(out, "+"+b[j])
			j++
		}
	}
	return out
}

// A Known difference is one that is listed with its reason.
type Known struct {
	// Line is where in the list it stands.
	Line int
	// Reason says why harness and Envoy differ there.
	Reason string
	// Scenarios matches their names, with "*" for any part of one.
	Scenarios string
	// Pattern matches lines of Differences.
	Pattern *regexp.Regexp
	// Sometimes says that it depends on timing, and need not occur in every run.
	Sometimes bool
	// Uses counts the lines it explained.
	Uses int
}

//go:embed differences.txt
var differences []byte

// KnownDifferences reads the list of differences that remain: paragraphs, each
// a reason in lines that start with "#", then lines "SCENARIOS: PATTERN", the
// pattern a regular expression that a whole line of Differences must match. "? "
// in front of a line says that the difference need not occur in every run.
func KnownDifferences() ([]*Known, error) {
	var known []*Known
	var reason []string
	inReason := false
	scanner := bufio.NewScanner(bytes.NewReader(differences))
	for n := 1; scanner.Scan(); n++ {
		line := scanner.Text()
		if comment, ok := strings.CutPrefix(line, "#"); ok {
			if !inReason {
				reason = nil
			}
			inReason = true
			reason = append(reason, strings.TrimSpace(comment))
			continue
		}
		inReason = false
		if line == "" {
			reason = nil
			continue
		}
		scenarios, pattern, ok := strings.Cut(line, ": ")
		if !ok {
			return nil, fmt.Errorf("probe: differences.txt:%d: %q, want SCENARIOS: PATTERN", n, line)
		}
		scenarios, sometimes := strings.CutPrefix(scenarios, "? ")
		if len(reason) == 0 {
			return nil, fmt.Errorf("probe: differences.txt:%d: no reason, want lines with # before", n)
		}
		if _, err := path.Match(scenarios, ""); err != nil {
			return nil, fmt.Errorf("probe: differences.txt:%d: %w", n, err)
		}
		re, err := regexp.Compile("^(?:" + pattern + ")$")
		if err != nil {
			return nil, fmt.Errorf("probe: differences.txt:%d: %w", n, err)
		}
		known = append(known, &Known{Line: n, Reason: strings.Join(reason, " "), Scenarios: scenarios, Pattern: re, Sometimes: sometimes})
	}
	return known, scanner.Err()
}

// Unlisted returns the lines of a scenario's differences that no known one
// explains, and counts the uses of those that do.
func Unlisted(known []*Known, scenario string, lines []string) []string {
	var rest []string
	for _, line := range lines {
		listed := false
		for _, k := range known {
			if ok, _ := path.Match(k.Scenarios, scenario); ok && k.Pattern.MatchString(line) {
				k.Uses++
				listed = true
				break
			}
		}
		if !listed {
			rest = append(rest, line)
		}
	}
	return rest
}
