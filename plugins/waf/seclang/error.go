package seclang

import (
	"strconv"
	"strings"
)

// Position is a place in a text.
type Position struct {
	// File is the name that the text was given.
	File string
	// Line counts from 1.
	Line int
	// Column is the byte in the line, from 1.
	Column int
}

// String returns "file:line:column".
func (p Position) String() string {
	return p.File + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
}

// Error is one fault of a text.
type Error struct {
	// Pos is where the fault begins.
	Pos Position
	// Directive that has the fault, empty where there is none yet.
	Directive string
	// Problem says what is wrong.
	Problem string
}

// Error returns "file:line:column: SecRule: problem".
func (e *Error) Error() string {
	if e.Directive == "" {
		return e.Pos.String() + ": " + e.Problem
	}
	return e.Pos.String() + ": " + e.Directive + ": " + e.Problem
}

// maxErrors is how many faults are reported of one text.
const maxErrors = 20

// Errors are the faults of a text in their order, at most 20 of them.
type Errors []*Error

// Error returns one fault a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, fault := range e {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// faults collects what is wrong with a text.
type faults struct {
	directive string
	list      Errors
}

func (f *faults) add(pos Position, problem string) {
	if len(f.list) < maxErrors {
		f.list = append(f.list, &Error{Pos: pos, Directive: f.directive, Problem: problem})
	}
}

func (f *faults) full() bool { return len(f.list) >= maxErrors }

func (f *faults) err() error {
	if len(f.list) == 0 {
		return nil
	}
	return f.list
}
