package seclang

import (
	"strconv"
	"strings"
)

const (
	// maxDepth is how many Includes may be inside each other.
	maxDepth = 16
	// maxIncludes is how many Includes a text may have in all, as in Coraza.
	maxIncludes = 100
)

// Parse reads a text. file is the name that positions in it carry. include
// resolves the pattern of an Include to files in their order; if it is nil an
// Include is an error. The error is of type [Errors] and names all faults up to
// 20; there are no directives then.
func Parse(file, text string, include func(pattern string) ([]Source, error)) ([]Directive, error) {
	p := parser{include: include}
	p.text(file, text)
	if p.chain != nil && !p.unsure {
		p.noFollower()
	}
	if err := p.faults.err(); err != nil {
		return nil, err
	}
	return p.list, nil
}

// parser is the state of a Parse.
type parser struct {
	faults   faults
	list     []Directive
	include  func(pattern string) ([]Source, error)
	open     []string // files that are being read
	includes int
	// chain is the action chain of the rule before, nil if it has none.
	chain *Action
	// defaults tells where the default actions of each phase are.
	defaults [6]Position
	// unsure is set after a rule with a fault: it may have lost its chain.
	unsure bool
}

func (p *parser) text(file, text string) {
	p.open = append(p.open, file)
	fault := func(pos Position, problem string) {
		p.faults.directive = ""
		p.faults.add(pos, problem)
	}
	lines(file, text, fault, p.line)
	p.open = p.open[:len(p.open)-1]
}

func (p *parser) line(j *joined) {
	if p.faults.full() {
		return
	}
	whole := passage{line: j, s: j.text}
	name, rest := whole.word()
	p.faults.directive = ""
	if strings.HasSuffix(name.s, "`\n") {
		p.faults.add(name.pos(), "want the name of a directive")
		return
	}
	k := directiveNamed(name.s)
	if k == nil {
		p.faults.add(name.pos(), unknown("directive", name.s, directiveNames))
		return
	}
	p.faults.directive = k.name
	before := len(p.faults.list)
	d := Directive{Pos: name.pos(), Name: k.name, Ignored: k.ignored}
	d.arguments(&p.faults, k, rest.trim())
	sound := len(p.faults.list) == before
	if d.Rule == nil && (k.form == formRule || k.form == formActions) {
		d.Rule = &Rule{Pos: d.Pos}
	}
	switch {
	case k.form == formInclude:
		if sound {
			p.includeFiles(d)
		}
		return
	case k.form == formRule || k.form == formActions:
		p.rule(d.Rule, sound)
	case k.form == formDefault && sound:
		p.defaultOnce(&d)
	case k.name == "SecMarker" && p.chain != nil:
		if !p.unsure {
			p.noFollower()
		}
		p.chain = nil
	}
	p.list = append(p.list, d)
}

func (p *parser) noFollower() {
	p.faults.directive = "SecRule"
	p.faults.add(p.chain.Pos, "chain: no rule follows")
}

// rule checks what a rule as a whole must have.
func (p *parser) rule(r *Rule, sound bool) {
	starter := p.chain == nil
	r.Chained = !starter
	p.chain = nil
	unsure := p.unsure
	p.unsure = !sound
	var id, phase *Action
	for i := range r.Actions {
		a := &r.Actions[i]
		switch {
		case a.Name == "chain":
			p.chain = a
			p.unsure = false
		case a.Name == "id":
			p.once(id, a)
			id = a
		case a.Name == "phase":
			p.once(phase, a)
			phase = a
		case a.Disruptive() && !starter && !unsure:
			p.faults.add(a.Pos, a.Name+": only the first rule of a chain may have a disruptive action")
		}
	}
	if starter && id == nil && sound && !unsure {
		p.faults.add(r.Pos, "the rule has no id")
	}
}

func (p *parser) once(before, again *Action) {
	if before != nil {
		p.faults.add(again.Pos, again.Name+" is given twice")
	}
}

// defaultOnce allows one SecDefaultAction for a phase.
func (p *parser) defaultOnce(d *Directive) {
	actions, _ := ParseActions(d.Args[0].Pos, d.Args[0].Text)
	for _, a := range actions {
		if a.Name != "phase" {
			continue
		}
		before := &p.defaults[phaseNumber(a.Value)]
		if before.Line > 0 {
			p.faults.add(d.Pos, "phase "+a.Value+" has default actions already, from "+before.String())
			return
		}
		*before = d.Pos
	}
}

// includeFiles reads the files of an Include in its place.
func (p *parser) includeFiles(d Directive) {
	pattern := d.Args[0]
	fail := func(problem string) {
		p.faults.directive = d.Name
		p.faults.add(pattern.Pos, problem)
	}
	p.includes++
	switch {
	case p.include == nil:
		fail("no files can be included here")
		return
	case len(p.open) > maxDepth:
		fail("more than " + strconv.Itoa(maxDepth) + " Includes are inside each other")
		return
	case p.includes > maxIncludes:
		fail("more than " + strconv.Itoa(maxIncludes) + " Includes")
		return
	}
	sources, err := p.include(pattern.Text)
	if err != nil {
		fail(err.Error())
		return
	}
	for _, source := range sources {
		for _, name := range p.open {
			if name == source.Name {
				fail(quote(name) + " includes itself")
				return
			}
		}
		p.text(source.Name, source.Text)
	}
}
