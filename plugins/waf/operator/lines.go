package operator

import (
	"fmt"
	"strings"
)

// maxLine is how long a line of a file may be. Coraza silently ignores the rest of
// a file from the first longer line on.
const maxLine = 64 << 10

// fileLines returns the entries of a file: its lines without space around them,
// without empty ones and comments, which begin with "#".
func fileLines(data string) (list []string, err error) {
	n := 0
	for line := range strings.Lines(data) {
		n++
		if len(line) >= maxLine {
			return nil, fmt.Errorf("line %d has %d bytes, want less than %d", n, len(line), maxLine)
		}
		list = appendEntry(list, line)
	}
	return list, nil
}

// datasetLines returns the entries of a dataset, whose text may still stand
// between backquotes.
func datasetLines(data string) (list []string) {
	for line := range strings.Lines(strings.Trim(data, "`")) {
		list = appendEntry(list, line)
	}
	return list
}

func appendEntry(list []string, line string) []string {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return list
	}
	return append(list, line)
}
