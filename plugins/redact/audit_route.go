package redact

import (
	"maps"
	"slices"
	"strings"

	"gatehouse/plugins/internal/match"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/redact/detect"
)

// anyPath is a path that nothing can be told of: of OPTIONS *, of CONNECT, or none at
// all.
const anyPath = "*"

// route returns the method and the path of a request. The path is a template of an
// operation, or as it is: then only paths has it told.
func (a *Audit) route(r *policy.Request) (method, path string) {
	method, _ = r.Headers.First(":method")
	if !slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}, method) {
		method = "*"
	}
	if a.operations != nil {
		if found := a.operations.Find(r); found.Route != match.None {
			return method, templateMark + a.templates[found.Route]
		}
	}
	target, _ := r.Headers.First(":path")
	path, form := match.Normalize(target, match.FormsOf(everyForm().Allow...))
	if form != match.Unambiguous {
		return method, anyPath
	}
	return method, path
}

// target adds the data in the target of a request, which the plugin leaves as it is.
func (a *Audit) target(r *policy.Request, uses *streamUses) {
	target, _ := r.Headers.First(":path")
	path, query, _ := strings.Cut(target, "?")
	rule := a.found.requests.rules[0]
	var spans []detect.Span
	find := func(place, field, text, name string) {
		spans = rule.set.FindPercent(spans[:0], []byte(text), detect.Context{Field: strings.ToLower(name)})
		for _, span := range spans {
			t := &rule.targets[rule.found[span.Kind]]
			if span.Confidence < t.least {
				continue
			}
			at := slices.IndexFunc(uses.list, func(u *streamUse) bool { return u.place == place && u.path == field && u.kind == t.kind })
			if at < 0 {
				at = len(uses.list)
				uses.add(&policy.Sighting{Kind: t.kind, Place: place, Path: field, Clauses: t.clauses})
			}
			uses.list[at].count++
		}
	}
	before := ""
	for segment := range strings.SplitSeq(path, "/") {
		find("request.path", "", segment, before)
		before = segment
	}
	for parameter := range strings.SplitSeq(query, "&") {
		name, value, named := strings.Cut(parameter, "=")
		if !named {
			name, value = "", name
		}
		field := "*"
		if isName([]byte(name)) {
			field = name
		}
		find("request.query", field, value, name)
	}
}

// templateMark stands in front of a path that is a template: no path begins with it.
const templateMark = "{"

// paths returns for each path that was seen how it is told: with "{}" in place of
// segments that may be data.
func (a *Audit) paths() map[string]string {
	seen := map[string]bool{}
	for u := range a.uses {
		seen[u.path] = true
	}
	for u := range a.unread {
		seen[u.path] = true
	}
	for r := range a.refused {
		seen[r.path] = true
	}
	told := map[string]string{}
	var unknown []branch
	for _, path := range slices.Sorted(maps.Keys(seen)) {
		if template, ok := strings.CutPrefix(path, templateMark); ok {
			told[path] = template
		} else if path == anyPath {
			told[path] = path
		} else {
			unknown = append(unknown, branch{path, strings.Split(path[1:], "/")})
		}
	}
	tell(told, "", "", unknown)
	return told
}

// branch is a path and what is left of its segments.
type branch struct {
	path string
	left []string
}

// maxWords is how many words there may be in one place of paths. More are data.
const maxWords = 12

// tell tells paths of which all that is in front of their branches is told as prefix,
// which ends in the segment last.
func tell(told map[string]string, prefix, last string, branches []branch) {
	groups := map[string][]branch{}
	var words []string
	for _, b := range branches {
		if len(b.left) == 0 {
			told[b.path] = prefix
			continue
		}
		segment := b.left[0]
		switch {
		case segment == "" || isPart(segment):
		case isWord(segment) && !isCollection(last):
			if !slices.Contains(words, segment) {
				words = append(words, segment)
			}
		default:
			segment = "{}"
		}
		groups[segment] = append(groups[segment], branch{b.path, b.left[1:]})
	}
	if len(words) > maxWords {
		for _, word := range words {
			groups["{}"] = append(groups["{}"], groups[word]...)
			delete(groups, word)
		}
	}
	for segment, group := range groups {
		tell(told, prefix+"/"+segment, segment, group)
	}
}

// tellUses returns uses as they are told, with paths by path. Names of members are told as
// "*" where more than maxWords lead to the same kind of data at the same place: then they
// are keys of a map, and may be data.
func tellUses(seen map[use]*tally, path func(use) use) map[use]*tally {
	uses := map[use]*tally{}
	sum := func(u use, t *tally) {
		if uses[u] == nil {
			uses[u] = &tally{}
		}
		uses[u].add(t)
	}
	for u, t := range seen {
		sum(path(u), t)
	}
	deepest := 0
	for u := range uses {
		deepest = max(deepest, strings.Count(u.field, "."))
	}
	for n := 0; n <= deepest; n++ {
		// The uses that differ in the n-th name only.
		alike := map[use][]use{}
		for u := range uses {
			names := strings.Split(u.field, ".")
			// A field that a profile or a configuration names is known to be one.
			if n >= len(names) || names[n] == "*" || n == len(names)-1 && u.kind == fieldKind {
				continue
			}
			names[n] = "*" + strings.Repeat("[*]", strings.Count(names[n], "[*]"))
			pattern := u
			pattern.field, pattern.action, pattern.rule, pattern.clauses = strings.Join(names, "."), "", "", ""
			alike[pattern] = append(alike[pattern], u)
		}
		for pattern, members := range alike {
			fields := map[string]bool{}
			for _, u := range members {
				fields[u.field] = true
			}
			if len(fields) <= maxWords {
				continue
			}
			for _, u := range members {
				t := uses[u]
				delete(uses, u)
				u.field = pattern.field
				sum(u, t)
			}
		}
	}
	return uses
}

// parts are words that stand in paths of APIs behind the names of collections, where
// others are names of what is in them.
var parts = []string{
	"active", "all", "archive", "audit", "autocomplete", "batch", "bulk", "callback", "cancel", "check", "count", "counts", "create", "current", "default", "delete", "docs", "download",
	"events", "export", "exports", "featured", "filter", "find", "health", "history", "import", "imports", "items", "latest", "list", "login", "logout", "lookup", "me", "metadata", "metrics",
	"mine", "new", "overview", "password", "preview", "profile", "query", "recent", "refresh", "register", "report", "reports", "reset", "schema", "search", "self", "settings", "stats",
	"statistics", "status", "stream", "suggest", "summary", "test", "token", "unread", "update", "upload", "validate", "verify", "version", "webhook", "webhooks",
}

// isPart tells whether a segment is one of parts, or a version, wherever it stands.
func isPart(segment string) bool {
	if slices.Contains(parts, segment) {
		return true
	}
	// "v1", "v2beta1", "v1.1"
	rest, ok := strings.CutPrefix(segment, "v")
	if !ok || rest == "" || rest[0] < '0' || rest[0] > '9' || len(rest) > 8 {
		return false
	}
	rest = strings.NewReplacer("alpha", "", "beta", "").Replace(rest)
	digits := 0
	for i := range len(rest) {
		switch c := rest[i]; {
		case '0' <= c && c <= '9':
			digits++
		case c != '.':
			return false
		}
	}
	return digits <= 3
}

// isCollection tells whether a segment names a collection, so that what follows is most
// likely the name of something in it.
func isCollection(segment string) bool {
	if slices.Contains([]string{
		"account", "client", "company", "contact", "customer", "employee", "group", "member", "mailbox", "org", "organization", "organisation", "patient", "people", "person", "staff", "team",
		"tenant", "u", "user", "username",
	}, segment) {
		return true
	}
	return len(segment) > 3 && strings.HasSuffix(segment, "s") && !strings.HasSuffix(segment, "ss") && !strings.HasSuffix(segment, "us") && !strings.HasSuffix(segment, "is")
}

// isWord tells whether a segment looks like a word that a program has in its paths, and
// not like an id: letters in words that can be spoken, and hardly a digit.
func isWord(segment string) bool {
	// "index.html", ".well-known"
	name, extension, _ := strings.Cut(strings.TrimPrefix(segment, "."), ".")
	if !slices.Contains([]string{"", "css", "csv", "html", "ico", "js", "json", "pdf", "png", "svg", "txt", "xml", "yaml"}, extension) || name == "" || len(name) > maxName {
		return false
	}
	digits, consonants, humps, letters := 0, 0, 0, 0
	capital := false
	for i := range len(name) {
		c := name[i]
		switch {
		case '0' <= c && c <= '9':
			if digits++; digits > 1 {
				return false
			}
			consonants = 0
			continue
		case c == '-' || c == '_':
			consonants, capital = 0, false
			continue
		case 'A' <= c && c <= 'Z':
			if capital || letters == 0 && strings.ToUpper(name) == name {
				return false
			}
			humps++
			capital = true
		case 'a' <= c && c <= 'z':
			capital = false
		default:
			return false
		}
		letters++
		if strings.IndexByte("aeiouy", c|0x20) >= 0 {
			consonants = 0
		} else if consonants++; consonants > 5 {
			return false
		}
	}
	return letters > 0 && humps <= 1+letters/4
}

// everyForm allows paths that can be read in two ways: nothing is decided by them.
func everyForm() (p match.Paths) {
	for f := match.Unambiguous + 1; f < match.NotAbsolute; f++ {
		p.Allow = append(p.Allow, f)
	}
	return p
}
