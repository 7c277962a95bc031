package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxErrors bounds how many faults one document is reported with.
const maxErrors = 20

// Error is one fault of a configuration document.
type Error struct {
	// Path leads to the value, as in "issuers[0].jwks.keys[2]"; empty for the
	// document itself.
	Path string
	// Line and Column are where the value begins, from 1, Column in bytes. Both
	// are 0 where the position is not known.
	Line, Column int
	// Message says what is wrong and what is wanted. It never holds a value of
	// the document: those may be secrets.
	Message string

	offset int
}

// Error returns the fault on one line:
//
//	config: issuers[0]: unknown field "audience", did you mean "audiences"? (line 3, column 5)
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("config: ")
	if e.Path != "" {
		b.WriteString(e.Path)
		b.WriteString(": ")
	}
	b.WriteString(e.Message)
	if e.Line > 0 {
		b.WriteString(" (line ")
		b.WriteString(strconv.Itoa(e.Line))
		b.WriteString(", column ")
		b.WriteString(strconv.Itoa(e.Column))
		b.WriteString(")")
	}
	return b.String()
}

// Errors are all faults found in a document, in the order of the document.
type Errors []*Error

// Error returns one line a fault, and one more that counts those beyond the
// first 20.
func (e Errors) Error() string {
	var b strings.Builder
	for i, err := range e {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i == maxErrors {
			fmt.Fprintf(&b, "config: and %d more", len(e)-maxErrors)
			break
		}
		b.WriteString(err.Error())
	}
	return b.String()
}

// Unwrap lets errors.As find the first *Error.
func (e Errors) Unwrap() []error {
	errs := make([]error, len(e))
	for i := range e {
		errs[i] = e[i]
	}
	return errs
}

// Errorf returns an error at a path of the document, without a position. It is
// for faults found after decoding; [Value.Errorf] knows the position as well.
func Errorf(path, format string, args ...any) *Error {
	return &Error{Path: path, Message: fmt.Sprintf(format, args...)}
}

// faults collects errors while a document is read.
type faults struct {
	data []byte
	list Errors
}

// at makes an error for the value that begins at offset.
func (f *faults) at(path string, offset int, message string) *Error {
	line, column := position(f.data, offset)
	return &Error{Path: path, Line: line, Column: column, Message: message, offset: offset}
}

// add records err, which a hook returned for the value at path: errors of this
// package keep the path they have, any other is placed at the value.
func (f *faults) add(path string, offset int, err error) {
	if err == nil {
		return
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range many.Unwrap() {
			f.add(path, offset, one)
		}
		return
	}
	if e, ok := err.(*Error); ok {
		f.list = append(f.list, e)
		return
	}
	f.list = append(f.list, f.at(path, offset, err.Error()))
}

// err returns what was collected, nil if nothing was.
func (f *faults) err() error {
	switch len(f.list) {
	case 0:
		return nil
	case 1:
		return f.list[0]
	}
	slices.SortStableFunc(f.list, func(a, b *Error) int { return a.offset - b.offset })
	return f.list
}

// position translates an offset to a line and a column, both from 1.
func position(data []byte, offset int) (line, column int) {
	line, column = 1, 1
	for i := 0; i < offset && i < len(data); i++ {
		if data[i] == '\n' {
			line++
			column = 1
		} else {
			column++
		}
	}
	return line, column
}

// quote shows a key of the document, bounded and with everything unprintable
// escaped.
func quote(s string) string {
	const most = 64
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}
