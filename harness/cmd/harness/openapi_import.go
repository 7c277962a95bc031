package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"gatehouse/plugins/scope"
)

type importFlags struct {
	accept    []string
	unsecured string
}

func openapiImportCommand() *cobra.Command {
	var flags importFlags
	cmd := &cobra.Command{
		Use:   "import DOCUMENT",
		Short: "Make a scope configuration of an OpenAPI document",
		Long: `import prints a configuration of the plugin scope with a route for every
operation of an OpenAPI document: what the operation's security, or else the
document's, asks for. One of several requirements is enough, all scopes of one are
needed, an empty list makes the route public and so does an empty requirement.

Schemes of the types oauth2 and openIdConnect count. One of another type is an
error, unless --accept says that it stands for a verified token, too; the scopes,
or roles, that are listed with it then count the same.

An operation for which the document asks for no security at all, not even for
none, is left out, so that its requests are refused, unless --unsecured public
says otherwise.`,
		Example: `  harness openapi import orders.yaml > scope.json
  harness openapi import --accept bearerAuth orders.yaml`,
		Args: oneDocument,
		RunE: func(cmd *cobra.Command, args []string) error { return flags.run(cmd, args[0]) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&flags.accept, "accept", nil, "`NAME` of a security scheme of another type that stands for a verified token")
	f.StringVar(&flags.unsecured, "unsecured", "refuse", "what to do `WITH` operations that say nothing of security: refuse or public")
	return cmd
}

func (f *importFlags) run(cmd *cobra.Command, file string) error {
	if f.unsecured != "refuse" && f.unsecured != "public" {
		return usagef("--unsecured %q, want refuse or public", f.unsecured)
	}
	document, err := openDocument(file)
	if err != nil {
		return err
	}
	found, problems := operations(document)
	schemes := securitySchemes(document)
	for _, name := range f.accept {
		if _, ok := schemes[name]; !ok {
			return usagef("--accept %s: no such scheme in %s", name, file)
		}
		schemes[name] = "oauth2"
	}
	var routes []importedRoute
	for i := range found {
		o := &found[i]
		if o.security == nil && f.unsecured == "refuse" {
			if !slices.ContainsFunc(found[:i], func(before apiOperation) bool { return before.where == o.where }) {
				fmt.Fprintf(cmd.ErrOrStderr(), "harness: %s: %s: no security, left out: its requests are refused\n", file, o.where)
			}
			continue
		}
		route, errs := routeOf(o, schemes)
		problems = append(problems, errs...)
		routes = addRule(routes, route, func(r *importedRoute) *importedMatch { return &r.Match })
	}
	if len(problems) == 0 && len(routes) == 0 {
		problems = append(problems, fmt.Errorf("no operation becomes a route"))
	}
	if len(problems) > 0 {
		return inDocument(file, slices.CompactFunc(problems, func(a, b error) bool { return a.Error() == b.Error() }))
	}
	out, err := (&importedConfig{routes}).text()
	if err != nil {
		return err
	}
	// What the plugin would not start with is no configuration.
	if _, err := scope.Parse(out); err != nil {
		return inDocument(file, []error{err})
	}
	if _, err := cmd.OutOrStdout().Write(out); err != nil {
		return fileError("standard output", err)
	}
	return nil
}

// securitySchemes returns the types of a document's schemes.
func securitySchemes(document *openapi3.T) map[string]string {
	schemes := map[string]string{}
	if document.Components != nil {
		for name, scheme := range document.Components.SecuritySchemes {
			if scheme.Value != nil {
				schemes[name] = scheme.Value.Type
			}
		}
	}
	return schemes
}

// importedConfig is what of a scope configuration an OpenAPI document says.
type importedConfig struct {
	routes []importedRoute
}

// text is the configuration as JSON, a line for each route.
func (c *importedConfig) text() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("{\n  \"default\": \"deny\",\n")
	if err := writeRules(&b, "routes", c.routes); err != nil {
		return nil, err
	}
	b.WriteString("\n}\n")
	return b.Bytes(), nil
}

type importedRoute struct {
	Match         importedMatch `json:"match"`
	Public        bool          `json:"public,omitempty"`
	Authenticated bool          `json:"authenticated,omitempty"`
	AllOf         []string      `json:"all_of,omitempty"`
	// AnyOf holds strings, and lists of all that are needed.
	AnyOf []any `json:"any_of,omitempty"`
}

type allOf struct {
	AllOf []string `json:"all_of"`
}

// routeOf makes a route of an operation, and says what of its security cannot be
// one's.
func routeOf(o *apiOperation, schemes map[string]string) (importedRoute, []error) {
	route := importedRoute{Match: o.match()}
	var problems []error
	var alternatives [][]string
	for i, requirement := range o.security {
		var scopes []string
		for _, name := range slices.Sorted(maps.Keys(requirement)) {
			switch kind, ok := schemes[name]; {
			case !ok:
				problems = append(problems, fmt.Errorf("%s.security[%d]: no scheme %q in components.securitySchemes", o.where, i, name))
			case kind != "oauth2" && kind != "openIdConnect":
				problems = append(problems, fmt.Errorf("components.securitySchemes.%s: type %q, want oauth2 or openIdConnect, or --accept %s if it stands for a verified token", name, kind, name))
			}
			scopes = append(scopes, requirement[name]...)
		}
		slices.Sort(scopes)
		scopes = slices.Compact(scopes)
		switch {
		case len(requirement) == 0:
			route.Public = true
		case len(scopes) == 0:
			route.Authenticated = true
		case !slices.ContainsFunc(alternatives, func(a []string) bool { return slices.Equal(a, scopes) }):
			alternatives = append(alternatives, scopes)
		}
	}
	// What needs least makes the rest of the alternatives pointless.
	switch {
	case len(o.security) == 0 || route.Public:
		route.Public, route.Authenticated = true, false
	case route.Authenticated:
	case len(alternatives) == 1:
		route.AllOf = alternatives[0]
	default:
		for _, scopes := range alternatives {
			if len(scopes) == 1 {
				route.AnyOf = append(route.AnyOf, scopes[0])
			} else {
				route.AnyOf = append(route.AnyOf, allOf{scopes})
			}
		}
	}
	return route, problems
}
