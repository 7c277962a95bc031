package image

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// BuildType names what the parameters of a provenance mean: source, revision and
// package are what was built, the settings are those of the go command.
const BuildType = "urn:gatehouse:build:go:v1"

// Build is what the module itself does not know of how it was built.
type Build struct {
	// Builder is the URI of who built it, and can be trusted to tell the truth about it,
	// such as that of a pipeline. Required.
	Builder string
	// Source is the URI of the source, Revision the commit. Default what the image says.
	// Required, one way or the other.
	Source, Revision string
	// Invocation is the URI of this run of the builder. Optional.
	Invocation string
	// Started and Finished are when it ran. Optional.
	Started, Finished time.Time
}

// The members of SLSA provenance that are used.
//
// See https://slsa.dev/spec/v1.0/provenance
type (
	provenance struct {
		BuildDefinition buildDefinition `json:"buildDefinition"`
		RunDetails      runDetails      `json:"runDetails"`
	}
	buildDefinition struct {
		BuildType          string             `json:"buildType"`
		ExternalParameters externalParameters `json:"externalParameters"`
		InternalParameters internalParameters `json:"internalParameters"`
		Dependencies       []dependency       `json:"resolvedDependencies"`
	}
	externalParameters struct {
		Source   string `json:"source"`
		Revision string `json:"revision"`
		Package  string `json:"package"`
	}
	internalParameters struct {
		Go       string            `json:"go"`
		Settings map[string]string `json:"settings"`
	}
	dependency struct {
		URI    string            `json:"uri"`
		Digest map[string]string `json:"digest,omitempty"`
	}
	runDetails struct {
		Builder struct {
			ID string `json:"id"`
		} `json:"builder"`
		Metadata *buildMetadata `json:"metadata,omitempty"`
	}
	buildMetadata struct {
		InvocationID string     `json:"invocationId,omitempty"`
		StartedOn    *time.Time `json:"startedOn,omitempty"`
		FinishedOn   *time.Time `json:"finishedOn,omitempty"`
	}
)

// gitCommit is a commit in full.
var gitCommit = regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`)

// Provenance says how a plugin was built, as the predicate of SLSA 1.0: from which
// source and modules, with which version and settings of Go, and by whom. The modules
// and settings are those that the plugin has on record, and must not say otherwise
// than b does.
func Provenance(wasm []byte, b Build) ([]byte, error) {
	info, err := buildInfo(wasm)
	if err != nil {
		return nil, err
	}
	for _, u := range []struct{ what, uri string }{{"builder", b.Builder}, {"source", b.Source}} {
		if u.uri == "" {
			return nil, fmt.Errorf("no %s, want a URI", u.what)
		}
		if parsed, err := url.Parse(u.uri); err != nil || parsed.Scheme == "" {
			return nil, fmt.Errorf("%s %q, want a URI", u.what, u.uri)
		}
	}
	if b.Revision == "" {
		return nil, errors.New("no revision of the source")
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if built := settings["vcs.revision"]; built != "" && built != b.Revision {
		return nil, fmt.Errorf("revision %q, but the plugin was built of %q", b.Revision, built)
	}
	p := provenance{BuildDefinition: buildDefinition{
		BuildType:          BuildType,
		ExternalParameters: externalParameters{b.Source, b.Revision, info.Path},
		InternalParameters: internalParameters{info.GoVersion, settings},
		Dependencies:       []dependency{source(b)},
	}}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		d := dependency{URI: golang(m.Path, m.Version, "").PackageURL}
		if h := dirHash(m); h != "" {
			d.Digest = map[string]string{"dirHash": h}
		}
		p.BuildDefinition.Dependencies = append(p.BuildDefinition.Dependencies, d)
	}
	p.RunDetails.Builder.ID = b.Builder
	metadata := buildMetadata{b.Invocation, when(b.Started), when(b.Finished)}
	if metadata != (buildMetadata{}) {
		p.RunDetails.Metadata = &metadata
	}
	return json.Marshal(p)
}

func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}

// source is the source as a dependency: with the digest, if the revision is one.
func source(b Build) dependency {
	uri := b.Source
	if !strings.HasPrefix(uri, "git+") {
		uri = "git+" + uri
	}
	d := dependency{URI: uri + "@" + b.Revision}
	if gitCommit.MatchString(b.Revision) {
		d.Digest = map[string]string{"gitCommit": b.Revision}
	}
	return d
}
