// Package profile holds what standards and laws name as personal or secret data, as
// documents of headers, fields and detectors in the words of redact's configuration.
// Each entry names the clause that it comes from. The package does not read them: that
// is done by package redact, with the reader of configurations.
package profile

import _ "embed"

//go:embed pci.json
var pci []byte

//go:embed hipaa.json
var hipaa []byte

//go:embed gdpr.json
var gdpr []byte

// Names are the names of the profiles, as a configuration spells them.
func Names() []string { return []string{"pci", "hipaa", "gdpr"} }

// Document is the document of a profile, nil if there is none of this name. It is not to
// be changed.
func Document(name string) []byte {
	switch name {
	case "pci":
		return pci
	case "hipaa":
		return hipaa
	case "gdpr":
		return gdpr
	}
	return nil
}
