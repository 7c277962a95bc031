package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"gatehouse/plugins/redact"
	"gatehouse/plugins/redact/detect"
)

// openPlace is a place that a document calls sensitive and a configuration does not
// hide.
type openPlace struct {
	operation, place, field, clause string
}

// compare returns the places that a configuration does not hide, and how many it was
// asked about. It is shown a message for each, with nothing in it but one value there.
func (c *redactConfig) compare(audit *redact.Audit) (open []openPlace, all int) {
	for i := range c.operations {
		o := &c.operations[i]
		for n, m := range [...]*message{&o.request, &o.response} {
			side := [...]string{"request", "response"}[n]
			ask := func(place, field string, marked *mark, samples []redact.Message) {
				all++
				hidden := func(sample redact.Message) bool {
					return !slices.ContainsFunc(o.exchanges(n, sample), func(x *redact.Exchange) bool { return !audit.Hides(x) })
				}
				if slices.ContainsFunc(samples, func(sample redact.Message) bool { return !hidden(sample) }) {
					open = append(open, openPlace{o.Method + " " + o.Path, side + "." + place, field, marked.clause})
				}
			}
			for _, name := range slices.Sorted(maps.Keys(m.headers)) {
				marked := m.headers[name]
				ask("headers", name, marked, []redact.Message{{Headers: [][2]string{{name, marked.sample()}}}})
			}
			for j, p := range m.places {
				if j > 0 && p.text == m.places[j-1].text {
					continue
				}
				var samples []redact.Message
				for _, deep := range []int{0, 2} {
					samples = append(samples, redact.Message{
						Headers: [][2]string{{"content-type", "application/json"}},
						Body:    [][]byte{p.path.document(p.mark.sample(), deep)},
					})
				}
				ask("body", p.text, p.mark, samples)
			}
		}
	}
	return open, all
}

// exchanges are those of an operation at each of its hosts that have a message, the
// request or the response.
func (o *sensitiveOperation) exchanges(side int, sample redact.Message) []*redact.Exchange {
	segments := strings.Split(o.Path, "/")
	for i, segment := range segments {
		if strings.HasPrefix(segment, "{") {
			segments[i] = "x"
		}
	}
	hosts := o.Hosts
	if len(hosts) == 0 {
		hosts = []string{"api.invalid"} // RFC 2606, Section 2: nobody's
	}
	var all []*redact.Exchange
	for _, host := range hosts {
		x := &redact.Exchange{Request: redact.Message{Headers: [][2]string{{":method", o.Method}, {":path", strings.Join(segments, "/")}, {":authority", host}}}}
		if side == 0 {
			x.Request.Headers = append(x.Request.Headers, sample.Headers...)
			x.Request.Body = sample.Body
		} else {
			x.Response.Headers = append([][2]string{{":status", "200"}}, sample.Headers...)
			x.Response.Body = sample.Body
		}
		all = append(all, x)
	}
	return all
}

// sample is a value of the kind that a mark is for.
func (m *mark) sample() string {
	for _, info := range detect.Kinds() {
		if string(info.Kind) == m.kind {
			return info.Example
		}
	}
	return "x"
}

// document is a JSON document with nothing but a value at a path, so many steps deeper
// where any number is meant.
func (p places) document(value string, deeper int) []byte {
	var before, behind []byte
	object := func(name string) {
		text, _ := compactJSON(name)
		before = append(append(append(before, '{'), text...), ':')
		behind = append(behind, '}')
	}
	for _, st := range p {
		switch st.kind {
		case stepName:
			object(st.name)
		case stepAny:
			object("x")
		case stepItem:
			before, behind = append(before, '['), append(behind, ']')
		case stepDeep:
			for range deeper {
				object("x")
			}
		}
	}
	text, _ := json.Marshal(value)
	slices.Reverse(behind)
	return slices.Concat(before, text, behind)
}

// writeOpen writes what is not hidden, and how much that is.
func writeOpen(w io.Writer, open []openPlace, all int) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, p := range open {
		fmt.Fprintf(table, "not hidden\t%s\t%s\t%s\t%s\n", p.operation, p.place, singleLine(p.field), p.clause)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%d sensitive fields, %d not hidden\n", all, len(open))
	return err
}
