package gatehouse

import (
	"errors"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/internal/event"
	"gatehouse/plugins/internal/pipeline"
	"gatehouse/plugins/jwtaudience"
	"gatehouse/plugins/quota"
	"gatehouse/plugins/redact"
	"gatehouse/plugins/scope"
	"gatehouse/plugins/waf"
)

// plugin is what a stage may be.
type plugin struct {
	name  string
	class event.Class
	new   func(document []byte) (pipeline.Engine, error)
}

var plugins = []plugin{
	{"jwt-audience", event.Authentication, engine(jwtaudience.New)},
	{"scope", event.APIActivity, engine(scope.New)},
	{"waf", event.DetectionFinding, engine(waf.New)},
	{"quota", event.APIActivity, engine(quota.New)},
	{"redact", event.DataSecurityFinding, engine(redact.New)},
}

func engine[E pipeline.Engine](newEngine func([]byte) (E, error)) func([]byte) (pipeline.Engine, error) {
	return func(document []byte) (pipeline.Engine, error) { return newEngine(document) }
}

// Pipeline is several plugins as one inspector.
type Pipeline struct {
	*pipeline.Pipeline
	config Config
}

// New makes a pipeline from the JSON of a [Config]. Errors are those of package config:
// they name the place and never a value of the document.
func New(document []byte) (*Pipeline, error) {
	p := &Pipeline{}
	if err := config.Decode(document, &p.config); err != nil {
		return nil, err
	}
	stages := make([]pipeline.Stage, len(p.config.Pipeline))
	for i := range p.config.Pipeline {
		s := &p.config.Pipeline[i]
		for _, known := range plugins {
			if known.name != s.Plugin {
				continue
			}
			engine, err := known.new(s.Config.raw)
			if err != nil {
				return nil, s.Config.place(err)
			}
			stages[i] = pipeline.Stage{Name: known.name, Class: known.class, Engine: engine}
		}
		s.Config.raw = nil
	}
	p.Pipeline = pipeline.New(stages)
	return p, nil
}

// UseEnvironment implements policy.Configured.
func (p *Pipeline) UseEnvironment(lookup func(name string) (value string, ok bool)) error {
	err := p.Pipeline.UseEnvironment(lookup)
	var of *pipeline.StageError
	if errors.As(err, &of) {
		return p.config.Pipeline[of.Stage].Config.place(of.Err)
	}
	return err
}
