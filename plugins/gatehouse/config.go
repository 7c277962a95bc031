package gatehouse

import "gatehouse/plugins/internal/config"

// Config is the configuration of a pipeline.
type Config struct {
	// Plugins that requests go through, in this order; their responses go through them in
	// the opposite one. Required.
	Pipeline []Stage `json:"pipeline" config:"required,minitems=1,maxitems=16"`
}

// Stage is one plugin of a pipeline.
type Stage struct {
	// Which plugin it is. Required.
	Plugin string `json:"plugin" config:"required,enum=jwt-audience|scope|waf|quota|redact"`
	// Configuration of the plugin, as where it is attached on its own. Required.
	Config Document `json:"config" config:"required"`
}

// Document is the configuration of a plugin, and where it stands in that of the pipeline.
//
//schema:is {"type":"object"}
type Document struct {
	raw  []byte
	path string
	// line and column are where it begins.
	line, column int
}

// UnmarshalConfig keeps the document as it is written.
func (d *Document) UnmarshalConfig(v config.Value) error {
	if v.Kind() != config.Object {
		return v.Errorf("want an object, got %s", v.Kind())
	}
	at := v.Errorf("")
	*d = Document{raw: v.Raw(), path: v.Path(), line: at.Line, column: at.Column}
	return nil
}

// place says of the errors of a plugin's configuration where they are in the pipeline's.
func (d *Document) place(err error) error {
	switch err := err.(type) {
	case config.Errors:
		for i := range err {
			err[i] = d.at(err[i])
		}
		return err
	case *config.Error:
		return d.at(err)
	}
	return config.Errorf(d.path, "%s", err)
}

func (d *Document) at(err *config.Error) *config.Error {
	placed := config.Errorf(d.path, "%s", err.Message)
	switch {
	case err.Path == "":
	case err.Path[0] == '[':
		placed.Path += err.Path
	default:
		placed.Path += "." + err.Path
	}
	if err.Line > 0 {
		placed.Line, placed.Column = d.line+err.Line-1, err.Column
		if err.Line == 1 {
			placed.Column += d.column - 1
		}
	}
	return placed
}
