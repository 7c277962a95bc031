package seclang

import "strings"

// operators are those of Coraza 3.8 that a gateway can carry out. The arguments of
// those with "%" may hold macros.
var operators = [...]string{
	"beginsWith%", "contains%", "detectSQLi", "detectXSS", "endsWith%", "eq%", "ge%", "gt%", "ipMatch",
	"ipMatchFromDataset", "ipMatchFromFile", "le%", "lt%", "noMatch", "pm", "pmFromDataset", "pmFromFile", "restpath",
	"rx", "streq%", "strmatch%", "unconditionalMatch", "validateByteRange", "validateNid", "validateUrlEncoding",
	"validateUtf8Encoding", "within%",
}

func operatorNames(yield func(string) bool) {
	for _, entry := range operators {
		if !yield(strings.TrimSuffix(entry, "%")) {
			return
		}
	}
}

// operatorNamed finds an operator by its name in any case.
func operatorNamed(name string) (canonical string, macros bool, problem string) {
	for _, entry := range operators {
		known, macros := strings.CutSuffix(entry, "%")
		if sameName(known, name) {
			return known, macros, ""
		}
	}
	switch strings.ToLower(name) {
	case "pmf":
		return "pmFromFile", false, ""
	case "ipmatchf":
		return "ipMatchFromFile", false, ""
	case "geolookup":
		return "", false, "operator geoLookup is refused: " + noGeography
	case "rbl", "gsblookup":
		return "", false, "operator " + name + " is refused: " + noNetwork
	case "inspectfile":
		return "", false, "operator inspectFile is refused: " + noProcesses
	case "validateschema", "validatedtd":
		return "", false, "operator " + name + " is refused: " + noFiles
	case "containsword", "fuzzyhash", "rsub", "rxglobal", "validatehash", "verifycc", "verifycpf", "verifyssn", "verifysvnr":
		return "", false, "operator " + name + " " + notInCoraza
	case "":
		return "", false, `want the name of an operator after "@"`
	}
	return "", false, unknown("operator", name, operatorNames)
}

// parseOperator reads an operator, "@name argument" or a regular expression,
// with "!" before it or not. \" in it stands for a quote.
func parseOperator(f *faults, p passage) *Operator {
	op := &Operator{Pos: p.pos(), Name: "rx"}
	if p.has('!') {
		op.Negated = true
		p = p.after(1)
	}
	if inner := strings.TrimLeft(p.s, " \t"); inner != p.s && (strings.HasPrefix(inner, "@") || strings.HasPrefix(inner, "!@")) {
		f.add(p.pos(), `a space before "@" makes the operator part of a regular expression: write "@" first, or "@rx" if that is meant`)
		return nil
	}
	if op.Negated && p.has('!') {
		f.add(p.pos(), `"!" may stand before an operator once: write "!@rx" for an expression that begins with "!"`)
		return nil
	}
	macros := false
	if p.has('@') {
		word, rest := p.word()
		name, expands, problem := operatorNamed(word.s[1:])
		if problem != "" {
			f.add(word.pos(), problem)
			return nil
		}
		op.Name, macros, p = name, expands, rest
	}
	p = p.trim()
	op.ArgumentPos = p.pos()
	op.Argument = strings.ReplaceAll(p.s, `\"`, `"`)
	if macros {
		if p.s == "" {
			f.add(op.ArgumentPos, op.Name+" needs an argument")
			return nil
		}
		if !checkMacros(f, p) {
			return nil
		}
	}
	return op
}
